"""Writes the PyTorch fixtures beside this script (pip install torch): pytorch/*.pth, and what they hold as pytorch/expected.safetensors."""

import argparse
import collections
import io
import pathlib
import pickle
import zipfile

import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent / "pytorch"
folder.mkdir(exist_ok=True)
torch.manual_seed(1)
expected = {}


def save(name, value, weights=None, **options):
    """Saves a checkpoint under a fixed inner name, so that the bytes are the same each time, and notes its weights."""
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    (folder / f"{name}.pth").write_bytes(buffer.getvalue())
    for key, tensor in (value if weights is None else weights).items():
        expected[f"{name}/{key}"] = tensor.detach().to(torch.float32).contiguous().clone()


numbers = torch.tensor([0.0, -0.0, 1.0, -2.5, 0.1, 65504.0])

# Every type of element that becomes a float.
save("types", {
    "f32": numbers, "f64": numbers.double(), "f16": numbers.half(), "bf16": numbers.bfloat16(),
    "i64": torch.tensor([-(2**40), 0, 7]), "i32": torch.tensor([-(2**31), 0, 2**31 - 1], dtype=torch.int32),
    "i16": torch.tensor([-32768, 0, 32767], dtype=torch.int16), "i8": torch.tensor([-128, 0, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 128, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
})

# What a model's state_dict() is: an OrderedDict with batch norm's counter, and notes in its attributes.
net = torch.nn.Sequential(collections.OrderedDict(conv=torch.nn.Conv2d(1, 2, 3), bn=torch.nn.BatchNorm2d(2), fc=torch.nn.Linear(4, 3)))
save("ordered", net.state_dict())
save("protocol4", net.state_dict(), pickle_protocol=4)
save("protocol5", net.state_dict(), pickle_protocol=5)
save("legacy", net.state_dict(), _use_new_zipfile_serialization=False)
save("parameters", dict(net.named_parameters()))

# Tensors that are parts of larger storages, in any order of axes.
base = torch.arange(24.0).reshape(2, 3, 4)
views = {
    "whole": base, "transposed": base.transpose(0, 2), "sliced": base[:, 1:, ::2], "offset": base[1, 2], "tied": base,
    "channels_last": torch.arange(48.0).reshape(2, 3, 2, 4).to(memory_format=torch.channels_last), "expanded": torch.tensor([5.0]).expand(2, 3),
    "half": torch.arange(6).half().reshape(2, 3).T, "one": base[:1, :1, :1].transpose(0, 1), "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 4), "emptied": base[:, 3:].transpose(0, 1),
}
save("views", views)
save("legacy_views", views, _use_new_zipfile_serialization=False)

# Training scripts save more than weights; DataParallel renames them.
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sum(p.sum() for p in net.parameters()).backward()
optimizer.step()
parallel = {f"module.{key}": value for key, value in net.state_dict().items()}
save("nested", {
    "epoch": 3, "arch": "tiny", "best": None, "accuracy": 0.5, "big": 2**80, "state_dict": parallel, "optimizer": optimizer.state_dict(),
    "args": argparse.Namespace(lr=0.1, name="x"), "rng": torch.zeros(2, dtype=torch.uint8), "milestones": collections.Counter([3, 3]),
}, net.state_dict())
save("twice", {"model": {"state_dict": {"_orig_mod." + key: value for key, value in parallel.items()}}}, net.state_dict())

save_file(expected, folder / "expected.safetensors")


def rewritten(name, source, change):
    """The entries of another fixture, changed, in the same layout."""
    entries = zipfile.ZipFile(folder / f"{source}.pth")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for path, data in change({i.filename: entries.read(i) for i in entries.infolist()}).items():
            out.writestr(zipfile.ZipInfo(path), data)
    (folder / f"{name}.pth").write_bytes(buffer.getvalue())


def swapped(entries):
    result = {}
    for key, value in entries.items():
        if key.endswith("byteorder"):
            value = b"big"
        elif "/data/" in key:
            value = b"".join(value[i:i + 4][::-1] for i in range(0, len(value), 4))
        result[key] = value
    return result


rewritten("bigendian", "parameters", swapped)

# Refused: programs, whole modules, other archives, and a pickle that would run a command.
scripted = torch.jit.script(torch.nn.Linear(1, 1))
torch.jit.save(scripted, str(folder / "script.pth"))
save("module", torch.nn.Linear(1, 1), {})
save("list", [torch.ones(1)], {})
save("empty", {}, {})
save("complex", {"x": torch.zeros(1, dtype=torch.complex64)}, {})


class Malicious:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/striate-was-here",)


save("malicious", {"x": Malicious()}, {})
with zipfile.ZipFile(folder / "compressed.pth", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(zipfile.ZipInfo("archive/data.pkl"), pickle.dumps({}, 2), zipfile.ZIP_DEFLATED)
with zipfile.ZipFile(folder / "other.pth", "w") as archive:
    archive.writestr(zipfile.ZipInfo("weights/a.npy"), b"")
