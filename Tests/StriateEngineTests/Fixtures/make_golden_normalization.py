#!/usr/bin/env python3
"""Writes golden-normalization.safetensors: PyTorch's values for normalisation, for windows that are rounded up or unevenly padded,
for adaptive pools, and for the losses and updates of the network of 1998.

    python3 -m pip install torch safetensors numpy && python3 make_golden_normalization.py

The format is that of golden.safetensors (see make_golden.py), with `y1` and `y2` for further results, padding as
[top, bottom, left, right], and more inputs: mean, variance, batchMean, batchVariance, gradient, rate, estimate.
"""

import pathlib

import numpy
import torch
import torch.nn.functional as F

from golden_cases import Cases, by, draw, draw_labels, gradients, pair

cases = Cases()


def wide(tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return tensor.reshape(-1, *[1] * (like.dim() - 2))


# Normalisation, channel by channel

SHAPES = [(1, (1, 1, 1)), (3, (17, 5, 7)), (16, (3, 4, 4)), (17, (1, 9, 13)), (15, (17, 1, 1)), (33, (5,)), (5, (4, 1, 1)), (3, (2, 24, 25))]
for index, (batch, shape) in enumerate(SHAPES):
    seed, label = 100 * index, f"{batch}x{by(shape)}"
    x, upstream = draw(seed, batch, *shape, scale=2).requires_grad_(), draw(seed + 1, batch, *shape)
    weight, bias = draw(seed + 2, shape[0], scale=3).requires_grad_(), draw(seed + 3, shape[0]).requires_grad_()

    y = x * wide(weight, x) + wide(bias, x)
    cases.add(f"channel-affine {label}", "channel-affine", batch, {"x": x, "weight": weight, "bias": bias, "upstream": upstream},
              gradients(y, upstream, x=x, weight=weight, bias=bias))
    y = x * wide(weight, x)
    cases.add(f"channel-affine {label} without offset", "channel-affine", batch, {"x": x, "weight": weight, "upstream": upstream},
              gradients(y, upstream, x=x, weight=weight))
    axes = [0, *range(2, x.dim())]
    cases.add(f"channel-dot {label}", "channel-dot", batch, {"x": x, "other": upstream}, {"y": (x * upstream).sum(axes)})

    # PyTorch refuses a single element; its formula does not.
    mean, variance = x.mean(axes), x.var(axes, unbiased=False)
    epsilon = [1e-5, 1e-3][index % 2]
    y = (x - wide(mean, x)) / (wide(variance, x) + epsilon).sqrt() * wide(weight, x) + wide(bias, x)
    if batch * int(numpy.prod(shape[1:])) > 1:
        assert torch.allclose(y, F.batch_norm(x, None, None, weight, bias, training=True, eps=epsilon), rtol=1e-12)
    cases.add(f"batch-normalization {label}", "batch-normalization", batch,
              {"x": x, "weight": weight, "bias": bias, "upstream": upstream},
              gradients(y, upstream, x=x, weight=weight, bias=bias) | {"y1": mean, "y2": variance}, epsilon=epsilon)

    positions, momentum = int(numpy.prod(shape[1:])), [0.1, 0.25][index % 2]
    running = {"mean": draw(seed + 4, shape[0]), "variance": draw(seed + 5, shape[0]) + 2}
    statistics = {"batchMean": mean.detach().float().double(), "batchVariance": variance.detach().float().double()}
    if batch * positions > 1:
        new_mean, new_variance = running["mean"].clone(), running["variance"].clone()
        F.batch_norm(x, new_mean, new_variance, training=True, momentum=momentum)
    else:
        new_mean = (1 - momentum) * running["mean"] + momentum * mean
        new_variance = (1 - momentum) * running["variance"] + momentum * variance
    cases.add(f"running-statistics {label}", "running-statistics", batch, running | statistics,
              {"y": new_mean, "y1": new_variance}, momentum=momentum, positions=positions)

# A mean far from 0: sums of squares that are not centred would lose the variance in it.
x = (64 + draw(900, 17, 3, 6, 5, scale=0.0625)).float().double().requires_grad_()
weight, bias, upstream = draw(901, 3).requires_grad_(), draw(902, 3).requires_grad_(), draw(903, 17, 3, 6, 5)
y = F.batch_norm(x, None, None, weight, bias, training=True)
cases.add("batch-normalization far from 0", "batch-normalization", 17, {"x": x, "weight": weight, "bias": bias},
          {"y": y, "y1": x.mean([0, 2, 3]), "y2": x.var([0, 2, 3], unbiased=False)}, epsilon=1e-5, tolerance=1e-4)


# Windows

def convolution(seed, batch, channels, outputs, size, kernel, stride=1, padding=(0, 0, 0, 0), dilation=1, groups=1):
    size, kernel, stride, dilation = map(pair, (size, kernel, stride, dilation))
    top, bottom, left, right = padding
    x = draw(seed, batch, channels, *size).requires_grad_()
    weight = draw(seed + 1, outputs, channels // groups, *kernel).requires_grad_()
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), weight, None, stride, 0, dilation, groups)
    upstream = draw(seed + 2, *y.shape)
    name = f"convolution {batch}x{channels}x{by(size)} to {outputs} kernel {by(kernel)} padding {by(padding)}"
    name += f" stride {by(stride)} dilation {by(dilation)} groups {groups}"
    cases.add(name, "convolution", batch, {"x": x, "weight": weight, "upstream": upstream}, gradients(y, upstream, x=x, weight=weight),
              kernel=kernel, stride=stride, padding=padding, dilation=dilation, groups=groups)


convolution(2000, 3, 3, 5, 8, 3, stride=2, padding=(0, 1, 0, 1))  # "same" of an even picture
convolution(2010, 17, 2, 4, (7, 6), 3, padding=(1, 0, 0, 2))
convolution(2020, 2, 3, 5, (9, 11), (3, 2), stride=(4, 3), padding=(2, 0, 0, 1))  # stride > kernel
convolution(2030, 3, 2, 3, (5, 7), 3, stride=2, padding=(0, 2, 3, 1), dilation=2)
convolution(2040, 2, 17, 17, 5, 3, padding=(0, 1, 1, 0), groups=17)
convolution(2050, 3, 4, 6, (6, 5), (4, 3), stride=3, padding=(3, 1, 0, 4), groups=2)
convolution(2060, 3, 3, 4, 3, 3, padding=(0, 1, 0, 0))
convolution(2070, 1, 1, 17, 1, (2, 1), padding=(1, 0, 0, 0))
convolution(2080, 33, 3, 4, (5, 6), 1, stride=2, padding=(0, 1, 1, 0))
convolution(2090, 15, 2, 5, 4, 5, padding=(4, 1, 0, 3))
convolution(2100, 2, 1, 3, (4, 5), 2, stride=5, padding=(0, 3, 1, 2))


def pool(seed, kind, batch, channels, size, kernel, stride, padding=(0, 0, 0, 0), rounds_up=False, counts_padding=True, dilation=1):
    size, kernel, stride, dilation = map(pair, (size, kernel, stride, dilation))
    top, bottom, left, right = padding
    x = draw(seed, batch, channels, *size).requires_grad_()
    # The padded picture, then what a window rounded up can reach beyond it.
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    padded = (size[0] + top + bottom, size[1] + left + right)
    counts = [(p - r) // s + 1 for p, r, s in zip(padded, reach, stride)]
    if rounds_up:
        begins = (size[0] + top, size[1] + left)
        counts = [n + 1 if (p - r) % s and n * s < b else n for n, p, r, s, b in zip(counts, padded, reach, stride, begins)]
    beyond = [max(0, (n - 1) * s + r - p) for n, s, r, p in zip(counts, stride, reach, padded)]
    margins = (left, right + beyond[1], top, bottom + beyond[0])
    if kind == "max":
        y = F.max_pool2d(F.pad(x, margins, value=-torch.inf), kernel, stride, 0, dilation)
    else:
        ones = torch.ones_like(x)
        counted = F.pad(F.pad(ones, (left, right, top, bottom), value=1.0 if counts_padding else 0.0), (0, beyond[1], 0, beyond[0]))
        y = F.avg_pool2d(F.pad(x, margins), kernel, stride) / F.avg_pool2d(counted, kernel, stride)
    if top == bottom and left == right:
        if kind == "max":
            same = F.max_pool2d(x, kernel, stride, (top, left), dilation, ceil_mode=rounds_up)
        else:
            same = F.avg_pool2d(x, kernel, stride, (top, left), rounds_up, counts_padding)
        assert same.shape[2:] == tuple(counts) and torch.allclose(y[:, :, :counts[0], :counts[1]], same, rtol=1e-12), (same, y)
    y = y[:, :, :counts[0], :counts[1]]
    upstream = draw(seed + 1, *y.shape)
    name = f"{kind}-pool {batch}x{channels}x{by(size)} kernel {by(kernel)} stride {by(stride)} padding {by(padding)} dilation {by(dilation)}"
    name += (" rounded up" if rounds_up else "") + ("" if counts_padding else " without padding in the mean")
    cases.add(name, "pool", batch, {"x": x, "upstream": upstream}, gradients(y, upstream, x=x), kind=kind, kernel=kernel, stride=stride,
              padding=padding, dilation=dilation, roundsUp=rounds_up, countsPadding=counts_padding)


for kind in ("max", "average"):
    for index, counts_padding in enumerate([True, False] if kind == "average" else [True]):
        seed, options = 3000 + (kind == "average") * 1000 + index * 500, dict(counts_padding=counts_padding)
        pool(seed, kind, 3, 2, (7, 8), 2, 2, rounds_up=True, **options)
        pool(seed + 10, kind, 17, 1, (8, 10), 3, 2, rounds_up=True, **options)
        pool(seed + 20, kind, 2, 17, (6, 9), 3, 2, padding=(1, 1, 1, 1), rounds_up=True, **options)
        pool(seed + 30, kind, 3, 2, (5, 7), (3, 2), (3, 4), padding=(1, 1, 0, 0), rounds_up=True, **options)
        pool(seed + 40, kind, 1, 1, 1, 1, 1, rounds_up=True, **options)
        pool(seed + 50, kind, 3, 2, (6, 6), 2, 2, rounds_up=True, **options)  # nothing to round
        pool(seed + 60, kind, 3, 3, (9, 4), 2, 3, padding=(1, 1, 1, 1), rounds_up=True, **options)  # a window that would begin in the padding
        pool(seed + 70, kind, 3, 2, (7, 6), 3, 2, padding=(0, 1, 0, 1), **options)
        pool(seed + 80, kind, 33, 1, (5, 4), 2, 1, padding=(0, 1, 1, 0), **options)
        pool(seed + 90, kind, 3, 2, (5, 8), 4, (3, 5), padding=(3, 0, 1, 2), rounds_up=True, **options)
pool(3900, "max", 3, 2, (8, 9), 3, 2, padding=(1, 0, 0, 2), rounds_up=True, dilation=2)

for index, (batch, channels, size, result) in enumerate([
        (3, 2, (7, 9), (3, 4)), (17, 1, (5, 5), (5, 2)), (2, 17, (1, 1), (7, 7)), (3, 3, (13, 11), (6, 6)), (1, 1, (4, 6), (6, 9)),
        (33, 1, (3, 2), (1, 1)), (2, 2, (6, 6), (3, 2))]):
    x = draw(5000 + index * 10, batch, channels, *size).requires_grad_()
    upstream = draw(5001 + index * 10, batch, channels, *result)
    cases.add(f"adaptive-average-pool {batch}x{channels}x{by(size)} to {by(result)}", "adaptive-average-pool", batch,
              {"x": x, "upstream": upstream}, gradients(F.adaptive_avg_pool2d(x, result), upstream, x=x), size=result)


# Local response normalisation

def local_response_normalization(seed, batch, shape, size, before=None, alpha=1e-4, beta=0.75, k=1.0, scale=4, x=None, note=""):
    x = (draw(seed, batch, *shape, scale=scale) if x is None else x).requires_grad_()
    # The operation's constants are float32 numbers.
    alpha, beta, k = (float(numpy.float32(v)) for v in (alpha, beta, k))
    if before is None or before == size // 2:
        y = F.local_response_norm(x, size, alpha, beta, k)
    else:
        assert before == (size - 1) // 2  # ONNX's: PyTorch's seen from the other end
        y = F.local_response_norm(x.flip(1), size, alpha, beta, k).flip(1)
    upstream = draw(seed + 1, *x.shape)
    cases.add(f"local-response-normalization {batch}x{by(shape)} size {size} before {before} alpha {alpha:.4g} beta {beta} k {k}{note}",
              "local-response-normalization", batch, {"x": x, "upstream": upstream}, gradients(y, upstream, x=x),
              size=[size], before=before, alpha=alpha, beta=beta, k=k)


local_response_normalization(6000, 3, (17, 3, 4), 5, alpha=0.1)
local_response_normalization(6010, 17, (6, 2, 1), 4, alpha=0.5, k=2)
local_response_normalization(6020, 2, (7, 2, 3), 4, before=1, alpha=0.5, k=2)
local_response_normalization(6030, 1, (1, 1, 1), 5, alpha=1)
local_response_normalization(6040, 15, (3, 5), 9, alpha=2, k=1)  # a window wider than the channels
local_response_normalization(6050, 33, (5, 1), 3, alpha=0.7, beta=0.5)
local_response_normalization(6060, 3, (9, 2, 2), 5, alpha=1.5, beta=1.25, k=0.5)
local_response_normalization(6070, 3, (4, 3, 3), 1, alpha=1, beta=1)
local_response_normalization(6080, 2, (17, 2, 2), 2, before=0, alpha=0.3)
local_response_normalization(6090, 3, (12, 3, 2), 5, alpha=5e-4, k=2, scale=100)
vector = torch.tensor([1.0, 2, 3, 4, 5, 6], dtype=torch.float64).reshape(1, 6, 1, 1)
for size, alpha, expected in [(5, 0.1, "0.5390 0.9768 1.2841 1.4697 1.8666 2.3249"), (5, 0.5, "0.3994 0.5981 0.6620 0.6622 0.8511 1.0916"),
                              (4, 0.1, "0.5682 1.0537 1.4048 1.6154 1.7196 2.1516")]:
    local_response_normalization(6100 + size, 1, (6, 1, 1), size, alpha=alpha, k=2, x=vector.clone(), note=" of 1 to 6")
    found = cases.tensors[f"{cases.cases[-1]['name']}/y"].reshape(-1)
    assert numpy.abs(found - numpy.array(expected.split(), dtype=float)).max() < 6e-5, found


# The network of 1998

for index, (batch, features, centers, scale) in enumerate([(1, 1, 1, 1), (17, 84, 10, 1.5), (3, 5, 17, 1), (33, 17, 3, 2)]):
    seed = 7000 + index * 10
    x, weight = draw(seed, batch, features, scale=scale).requires_grad_(), draw(seed + 1, centers, features, scale=scale).requires_grad_()
    upstream = draw(seed + 2, batch, centers)
    y = (x[:, None] - weight).square().sum(-1)
    cases.add(f"squared-distance {batch}x{features} to {centers}", "squared-distance", batch,
              {"x": x, "weight": weight, "upstream": upstream}, gradients(y, upstream, x=x, weight=weight))

for index, (batch, classes, scale, background) in enumerate(
        [(1, 1, 1, -0.5), (17, 10, 4, -1.0), (33, 17, 1, 2.5), (16, 10, 80, 30.0), (3, 10, 90, -200.0), (3, 5, 20, 100.0)]):
    seed = 7500 + index * 10
    x, labels, upstream = draw(seed, batch, classes, scale=scale).requires_grad_(), draw_labels(seed, batch, classes), draw(seed + 2, batch)
    y = F.cross_entropy(torch.cat([x, torch.full((batch, 1), background, dtype=x.dtype)], 1), labels, reduction="none")
    cases.add(f"softmax-cross-entropy {batch}x{classes} logits to {scale} with background {background}", "softmax-cross-entropy", batch,
              {"x": x, "labels": labels, "upstream": upstream}, gradients(y, upstream, x=x), background=background)
    y = x.gather(1, labels[:, None])[:, 0]
    cases.add(f"label-logit {batch}x{classes} logits to {scale}", "label-logit", batch,
              {"x": x, "labels": labels, "upstream": upstream}, gradients(y, upstream, x=x), exact=True)

for index, (shape, damping) in enumerate([((1,), 0.02), ((17, 5), 0.5), ((2, 3, 3, 3), 0.02), ((4099,), 0.125)]):
    seed = 8000 + index * 10
    weight, gradient, estimate = draw(seed, *shape), draw(seed + 1, *shape), draw(seed + 2, *shape).abs()
    rate = torch.tensor(0.0625, dtype=torch.float64)
    cases.add(f"levenberg-marquardt {by(shape)}", "levenberg-marquardt", 1,
              {"weight": weight, "gradient": gradient, "rate": rate, "estimate": estimate},
              {"y": weight - rate / (float(numpy.float32(damping)) + estimate) * gradient}, damping=damping)

cases.save(pathlib.Path(__file__).with_name("golden-normalization.safetensors"))
