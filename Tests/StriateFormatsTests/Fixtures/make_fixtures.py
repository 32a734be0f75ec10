"""Writes the fixtures beside this script with the reference implementation (pip install torch safetensors)."""

import pathlib

import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent
numbers = [0.0, -0.0, 1.0, -2.5, 0.1, 65504.0]

save_file(
    {
        "f64": torch.tensor(numbers, dtype=torch.float64),
        "f32": torch.tensor(numbers, dtype=torch.float32).reshape(2, 3),
        # The last two: the smallest half there is, and an infinity.
        "f16": torch.tensor(numbers + [2.0**-24, float("inf")], dtype=torch.float16),
        "bf16": torch.tensor(numbers, dtype=torch.bfloat16),
        "i64": torch.tensor([-(2**40), 0, 7]),
        "i32": torch.tensor([-(2**31), 0, 2**31 - 1], dtype=torch.int32),
        "i16": torch.tensor([-32768, 0, 32767], dtype=torch.int16),
        "i8": torch.tensor([-128, 0, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 128, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(3.0),
        "empty": torch.zeros(0, 4),
    },
    folder / "types.safetensors",
    metadata={"note": 'quotes " and \\, a line\nbreak, ümlaut, 猫, \U0001f600'},
)

# What a writer of 32-bit floats must reproduce byte for byte.
save_file(
    {"conv.weight": torch.arange(12).reshape(2, 1, 2, 3) / 7.0, "conv.bias": torch.tensor([-1.5, 2.25])},
    folder / "floats.safetensors",
    metadata={"format": "pt"},
)
