#!/usr/bin/env python3
"""Writes parity.json: the loss of each of PyTorch's first 200 training steps, for six networks.

    python3 -m pip install torch numpy && python3 make_parity.py

Weights, pictures and labels are not stored: they follow from `hashed` below, exactly, on either side.

    hashed(seed)[i]     mix(i + seed * 0x9E3779B9 mod 2^32), mix being the 32-bit finaliser of MurmurHash3
    parameter k         in the order of the state_dict: (1 / sqrt(fan-in)) * h / 2^23 in float32, h = (hashed(100 + k)[i] >> 8) - 2^23;
                        `gain` multiplies the weights' bounds, not the biases'
    label of image i    hashed(1)[i] mod 10
    pattern of image i  its label, but hashed(4)[i] / 4 mod 10 where hashed(4)[i] mod 4 is 0: a quarter cannot be learnt, only memorised
    byte of a pixel     a picture of its pattern in blocks of 4x4 pixels, and noise, each 0...127:
                        (hashed(2)[((pattern * C + c) * ceil(H / 4) + y / 4) * ceil(W / 4) + x / 4] & 127)
                        + (hashed(3)[((image * C + c) * H + y) * W + x] & 127)
    step s              images (s * batch + 0 ... batch - 1) mod 1024

`drift` is the largest relative difference between the losses of PyTorch in float32 (stored) and in float64: how far
two correct implementations may be apart.
"""

import json
import math
import pathlib

import numpy
import torch
from torch import nn

IMAGES = 1024


def hashed(seed: int, count: int) -> numpy.ndarray:
    h = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    h = (h ^ (h >> 16)) * numpy.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * numpy.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def pictures(channels: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    labels = (hashed(1, IMAGES) % 10).astype(numpy.int64)
    other = hashed(4, IMAGES)
    shown = numpy.where(other % 4 == 0, other // 4 % 10, labels)
    blocks = math.ceil(size / 4)
    patterns = (hashed(2, 10 * channels * blocks * blocks) & 127).reshape(10, channels, blocks, blocks)
    patterns = patterns.repeat(4, axis=2).repeat(4, axis=3)[:, :, :size, :size]
    noise = (hashed(3, IMAGES * channels * size * size) & 127).reshape(IMAGES, channels, size, size)
    return torch.from_numpy((patterns[shown] + noise).astype(numpy.float32)), torch.from_numpy(labels)


def fill(network: nn.Module, gain: float) -> None:
    fan_in = 1
    for index, parameter in enumerate(network.parameters()):
        if parameter.dim() > 1:
            fan_in = parameter[0].numel()  # a bias has that of the weight before it
        bound = numpy.float32(gain if parameter.dim() > 1 else 1) / numpy.sqrt(numpy.float32(fan_in))
        h = (hashed(100 + index, parameter.numel()) >> 8).astype(numpy.int32) - (1 << 23)
        values = numpy.float32(bound) * (h.astype(numpy.float32) / numpy.float32(1 << 23))
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values.reshape(parameter.shape)))


def lenet5(activation, pool) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), activation(), pool(2), nn.Conv2d(6, 16, 5), activation(), pool(2),
        nn.Conv2d(16, 120, 5), activation(), nn.Flatten(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))


def lenet5_d2l() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))


def cifar_cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))


def losses(network: nn.Module, run: dict, dtype: torch.dtype) -> list[float]:
    fill(network, run["gain"])
    network.to(dtype)
    images, labels = pictures(run["channels"], run["size"])
    images = ((images / 255 - run["mean"]) / run["deviation"]).to(dtype)
    optimizer = torch.optim.SGD(
        network.parameters(), lr=run["rate"], momentum=run["momentum"], weight_decay=run["weightDecay"], nesterov=run["nesterov"])
    found = []
    for step in range(run["steps"]):
        rows = torch.arange(step * run["batch"], (step + 1) * run["batch"]) % IMAGES
        loss = nn.functional.cross_entropy(network(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


# ReLU and max pooling have corners, where rounding decides: their rates are low enough that `drift` stays far below 1e-4.
RUNS = [
    (lambda: lenet5(nn.Sigmoid, nn.AvgPool2d), dict(
        network="lenet5", options=dict(activation="sigmoid", pooling="average"), channels=1, size=32, mean=0.1307, deviation=0.3081,
        batch=64, steps=200, rate=0.125, momentum=0.875, weightDecay=0, nesterov=False, gain=3)),
    (lambda: lenet5(nn.Tanh, nn.AvgPool2d), dict(
        network="lenet5", options=dict(activation="tanh", pooling="average"), channels=1, size=32, mean=0.5, deviation=0.25,
        batch=40, steps=200, rate=0.0078125, momentum=0.875, weightDecay=0.0009765625, nesterov=True, gain=1)),
    (lambda: lenet5(nn.ReLU, nn.MaxPool2d), dict(
        network="lenet5", options=dict(activation="relu", pooling="max"), channels=1, size=32, mean=0.5, deviation=0.25,
        batch=64, steps=200, rate=0.0009765625, momentum=0.75, weightDecay=0, nesterov=False, gain=1)),
    (lambda: lenet5(nn.ReLU, nn.AvgPool2d), dict(
        network="lenet5", options=dict(activation="relu", pooling="average"), channels=1, size=32, mean=0.5, deviation=0.25,
        batch=64, steps=200, rate=0.00390625, momentum=0.875, weightDecay=0.0009765625, nesterov=True, gain=1)),
    (lenet5_d2l, dict(
        network="lenet5-d2l", options={}, channels=1, size=28, mean=0.0, deviation=1.0,
        batch=256, steps=200, rate=0.875, momentum=0, weightDecay=0, nesterov=False, gain=3)),
    (cifar_cnn, dict(
        network="cifar-cnn", options={}, channels=3, size=32, mean=0.5, deviation=0.5,
        batch=32, steps=200, rate=0.0009765625, momentum=0.75, weightDecay=0, nesterov=False, gain=1)),
]

if __name__ == "__main__":
    results = []
    for make, run in RUNS:
        single, double = losses(make(), run, torch.float32), losses(make(), run, torch.float64)
        drift = max(abs(a - b) / b for a, b in zip(single, double))
        print(f"{run['network']:12} loss {single[0]:.4f} to {single[-1]:.4f}, drift {drift:.1e}",
              *[f"{x:.3f}" for x in single[::20]])
        results.append({**run, "drift": float(f"{drift:.2g}"), "losses": [float(f"{loss:.8g}") for loss in single]})
    document = {"torch": torch.__version__.split("+")[0], "runs": results}
    text = "{\n \"torch\": %s,\n \"runs\": [\n  %s\n ]\n}" % (
        json.dumps(document["torch"]), ",\n  ".join(json.dumps(run) for run in results))
    pathlib.Path(__file__).with_name("parity.json").write_text(text + "\n")
