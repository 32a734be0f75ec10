"""Exports networks, and compares ONNX Runtime with Striate on the same numbers."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import pages

TOLERANCE = 1e-4
PICTURES = 3


def randomize(path):
    """Replaces the weights of a model file by random ones with which signals neither die out nor explode, statistics included:
    initial ones would let a mistake in the statistics pass, and some networks answer nearly nothing with them."""
    random = np.random.default_rng(7)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    for key, tensor in tensors.items():
        if tensor.ndim > 1:
            values = random.standard_normal(tensor.shape) * np.sqrt(2 / np.prod(tensor.shape[1:]))
        elif key.endswith(("running_var", "weight")):
            values = random.uniform(0.5, 1.5, tensor.shape)
        else:
            values = random.uniform(-0.1, 0.1, tensor.shape)
        tensors[key] = values.astype(np.float32)
    save_file(tensors, path, metadata)


def compare(name, network, striate, with_preprocessing):
    """The largest difference between both, as a share of the largest logit, and the file's size in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        weights, model, given, made = (
            os.path.join(folder, file) for file in ("w.safetensors", "m.onnx", "in.safetensors", "out.safetensors")
        )
        flags = ["--with-preprocessing"] if with_preprocessing else []
        subprocess.run([striate, "export", name, "--to", weights, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        randomize(weights)
        subprocess.run([striate, "export", weights, "--to", model, "--quiet", *flags], check=True, stdout=subprocess.DEVNULL)
        # By its path: files near protobuf's limit do not fit into the checker's memory twice.
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (port,) = session.get_inputs()
        random = np.random.default_rng(1)
        shape = (PICTURES, *network["input"])
        pictures = random.integers(0, 256, shape) if with_preprocessing else random.standard_normal(shape)
        pictures = pictures.astype(np.float32)
        (expected,) = session.run(None, {port.name: pictures})
        save_file({"input": pictures}, given)
        source = model if with_preprocessing else weights
        subprocess.run([striate, "run", source, "--input", given, "--output", made, "--quiet"], check=True)
        found = load_file(made)["logits"]
        size = os.path.getsize(model) / 2**20
    return float(np.abs(found - expected).max() / np.abs(expected).max()), size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--striate", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("networks", nargs="*")
    options = parser.parse_args()
    known = {network["name"]: network for network in json.loads(subprocess.check_output([options.striate, "networks", "--json"]))}
    lines = ["| network | file, MiB | normalised pictures | bytes, `--with-preprocessing` |", "| --- | ---: | ---: | ---: |"]
    worst = 0.0
    for name in options.networks or known:
        plain, size = compare(name, known[name], options.striate, False)
        whole, _ = compare(name, known[name], options.striate, True)
        worst = max(worst, plain, whole)
        lines.append(f"| {name} | {size:.1f} | {plain:.1e} | {whole:.1e} |")
        print(lines[-1], file=sys.stderr)
    text = "\n".join(lines)
    if options.write:
        pages.replace("networks", text)
    else:
        print(text)
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
