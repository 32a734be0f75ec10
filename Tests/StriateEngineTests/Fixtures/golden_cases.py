"""What the generators of golden fixtures share. `make_golden.py` describes the format of the files."""

import json
import pathlib

import numpy
import torch
from safetensors.numpy import save_file

KEEP_WHOLE = 1024  # elements; longer results are thinned
STEP = 7  # prime, so that every remainder of the usual tile sizes is met


def mix(h: numpy.ndarray) -> numpy.ndarray:
    h = (h ^ (h >> 16)) * numpy.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * numpy.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def draw(seed: int, *shape: int, scale: float = 1) -> torch.Tensor:
    """Numbers that follow from a formula; the file holds only its recipe."""
    count = int(numpy.prod(shape, dtype=int))
    hashes = mix(numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF))
    values = ((hashes >> 8).astype(numpy.int32) - (1 << 23)).astype(numpy.float32) / numpy.float32(1 << 23)
    tensor = torch.from_numpy((numpy.float32(scale) * values).reshape(shape).astype(numpy.float64))
    tensor.recipe = {"seed": seed, "shape": list(shape), "scale": scale}
    return tensor


def draw_labels(seed: int, batch: int, classes: int) -> torch.Tensor:
    return torch.from_numpy(mix(numpy.arange(seed, seed + batch, dtype=numpy.uint32)).astype(numpy.int64) % classes)


def gradients(result: torch.Tensor, upstream: torch.Tensor, **inputs: torch.Tensor) -> dict:
    found = torch.autograd.grad(result, list(inputs.values()), upstream)
    return {"y": result, **{f"d{name}": gradient for name, gradient in zip(inputs, found)}}


def pair(value) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def by(value) -> str:
    return "x".join(map(str, value))


class Cases:
    def __init__(self, keep_whole: int = KEEP_WHOLE, step: int = STEP) -> None:
        self.keep_whole, self.step = keep_whole, step
        self.tensors: dict[str, numpy.ndarray] = {}
        self.cases: list[dict] = []

    def add(self, name: str, operation: str, batch: int, inputs: dict, results: dict, **numbers) -> None:
        assert all(case["name"] != name for case in self.cases), name
        case = {"name": name, "operation": operation, "batch": batch, **numbers}
        for key, tensor in inputs.items():
            self._store(case, key, tensor, is_result=False)
        for key, tensor in results.items():
            self._store(case, key, tensor, is_result=True)
        self.cases.append(case)

    def _store(self, case: dict, name: str, tensor: torch.Tensor, is_result: bool) -> None:
        recipe = getattr(tensor, "recipe", None)
        if recipe and not is_result:
            case.setdefault("drawn", {})[name] = recipe
            return
        array = tensor.detach().numpy().astype(numpy.float32)
        if is_result and array.size > self.keep_whole:
            case.setdefault("thinned", {})[name] = self.step
            array = array.reshape(-1)[:: self.step]
        self.tensors[f"{case['name']}/{name}"] = array.copy()  # ascontiguousarray would give a single number an axis

    def save(self, path: pathlib.Path) -> None:
        save_file(self.tensors, path, metadata={"cases": json.dumps(self.cases), "torch": torch.__version__.split("+")[0]})
        print(f"{len(self.cases)} cases, {len(self.tensors)} tensors, {path.stat().st_size:,} bytes")
