#!/usr/bin/env python3
"""Writes golden.safetensors: PyTorch's values for every operation of StriateGraph, forward and backward.

    python3 -m pip install torch safetensors numpy && python3 make_golden.py    (or make_all.py, for every fixture here)

The file describes itself. Its metadata holds `torch` (the version that made it) and `cases`, a JSON list; each case has

    name        what it shows; its tensors are called `<name>/<tensor>`
    operation   convolution, linear, pool, activation, add, add-bias, affine, reshape, batch-reduction,
                softmax-cross-entropy, top-1 or gradient-descent
    batch       images in it; batched tensors have it as their first extent
    thinned     tensors of which only every k-th element is kept, row-major from the first: {tensor: k}
    drawn       inputs that are not in the file, as they follow from a formula: {tensor: {seed, shape, scale}}.
                Element i is float32(scale) * h / 2^23 with h = (mix(i + seed * 0x9E3779B9 mod 2^32) >> 8) - 2^23, in [-2^23, 2^23),
                and mix the 32-bit finaliser of MurmurHash3: exact in float32 up to the one product.
    exact       true where float32 arithmetic has no freedom: compare with == (a NaN equals a NaN)

and the operation's own numbers (kernel, stride, padding, dilation, groups, kind, ...).

    x, other, weight, bias, labels              what goes in
    y, upstream                                 what comes out, and the gradient that arrives there
    dx, dother, dweight, dbias                  the gradients that must come out
    w, gradients, velocities, weights           gradient-descent: start, one gradient a step, states after each step

Values are computed in float64 from float32 inputs and rounded once, so an implementation's whole error shows.
Elsewhere than in exact cases compare to 1e-5 of the tensor's largest finite magnitude.
"""

import pathlib

import numpy
import torch
import torch.nn.functional as F

from golden_cases import Cases, draw, draw_labels, gradients, pair

cases = Cases()
add_case = cases.add

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    # The operation's constants are float32 numbers.
    "scaled-tanh": lambda x: float(numpy.float32(1.7159)) * torch.tanh(float(numpy.float32(2 / 3)) * x),
    "relu": torch.relu,
}


def convolution(seed, batch, channels, outputs, size, kernel, stride=1, padding=0, dilation=1, groups=1,
                bias=False, activation=None):
    size, kernel, stride, padding, dilation = map(pair, (size, kernel, stride, padding, dilation))
    x = draw(seed, batch, channels, *size).requires_grad_()
    weight = draw(seed + 1, outputs, channels // groups, *kernel).requires_grad_()
    shift = draw(seed + 2, outputs) if bias else None
    y = F.conv2d(x, weight, shift, stride, padding, dilation, groups)
    name = f"convolution {batch}x{channels}x{size[0]}x{size[1]} to {outputs} kernel {kernel[0]}x{kernel[1]}"
    for word, value, default in (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)):
        if value != pair(default):
            name += f" {word} {value[0]}x{value[1]}"
    name += f" groups {groups}" if groups > 1 else ""
    inputs = {"x": x, "weight": weight}
    if bias:
        inputs["bias"] = shift
        name += " bias"
    if activation:
        y = ACTIVATIONS[activation](y)
        name += f" {activation}"
    results = {"y": y}
    if not bias and not activation:
        # Backward is defined before fusing only.
        inputs["upstream"] = draw(seed + 3, *y.shape)
        results = gradients(y, inputs["upstream"], x=x, weight=weight)
    add_case(name, "convolution", batch, inputs, results, kernel=kernel, stride=stride, padding=padding,
             dilation=dilation, groups=groups, activation=activation)


convolution(100, 1, 1, 1, 1, 1)
convolution(110, 1, 1, 1, 1, 1, padding=1)
convolution(120, 3, 1, 6, 28, 5)
convolution(130, 3, 1, 6, (9, 28), 5, padding=2)
convolution(140, 2, 6, 16, 14, 5)
convolution(150, 17, 4, 7, 5, 5)  # kernel == picture: a linear layer in disguise
convolution(160, 16, 17, 17, 3, 3, padding=1)
convolution(170, 33, 3, 5, 4, 3)
convolution(180, 17, 1, 17, (3, 11), 2)
convolution(190, 3, 64, 48, (2, 3), 1)
convolution(200, 16, 17, 1, (1, 13), 1)
convolution(210, 2, 3, 8, 23, 11, stride=4)
convolution(220, 1, 3, 10, 27, 11, stride=4, padding=2)
convolution(230, 3, 3, 9, 15, 7, stride=2, padding=3)
convolution(240, 5, 3, 5, (7, 8), (2, 3))
convolution(250, 4, 2, 6, (6, 13), (4, 1), padding=(1, 0))
convolution(260, 4, 2, 6, (5, 9), (1, 5), stride=(1, 2), padding=(0, 3))
convolution(270, 3, 2, 5, 9, 2, stride=3)  # stride > kernel: pixels that no window reads
convolution(280, 3, 3, 4, (10, 7), 1, stride=2)
convolution(290, 3, 2, 5, 11, (3, 2), stride=(4, 3), padding=1)
convolution(300, 2, 2, 3, 4, 3, padding=4)  # windows wholly in the padding
convolution(310, 3, 3, 4, 3, 5, padding=3)
convolution(320, 3, 3, 5, 9, 3, dilation=2)
convolution(330, 3, 2, 5, (11, 8), 3, stride=2, padding=2, dilation=2)
convolution(340, 2, 2, 3, (7, 13), (2, 3), dilation=(1, 3), padding=(0, 2))
convolution(350, 17, 4, 6, 5, 3, padding=1, groups=2)
convolution(360, 3, 6, 4, 8, 5, stride=2, padding=2, groups=2)
convolution(370, 16, 17, 17, 5, 3, padding=1, groups=17)  # depthwise
convolution(380, 3, 5, 15, 7, 3, stride=2, groups=5)  # depthwise, three outputs for each input
convolution(390, 3, 6, 9, 6, 1, groups=3)
for width in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13):  # remainders of register tiles
    convolution(400 + width * 10, 2, 2, 3 + width, (2, width), 3, padding=1)
for outputs in (1, 2, 3, 4, 5, 7, 11, 12, 13, 23):
    convolution(600 + outputs * 10, 1, 3, outputs, (3, 5), (2, 1))
convolution(900, 3, 1, 6, 12, 5, bias=True)
for index, activation in enumerate(ACTIVATIONS):
    convolution(910 + index * 10, 3, 2, 5, 6, 3, padding=1, bias=True, activation=activation)
convolution(960, 17, 3, 4, (3, 5), 2, activation="relu")
convolution(970, 3, 4, 6, 5, 3, stride=2, padding=1, groups=2, bias=True, activation="tanh")


def linear(seed, batch, features, outputs, bias=False, activation=None):
    x = draw(seed, batch, features).requires_grad_()
    weight = draw(seed + 1, outputs, features).requires_grad_()
    shift = draw(seed + 2, outputs) if bias else None
    y = F.linear(x, weight, shift)
    name = f"linear {batch}x{features} to {outputs}" + (" bias" if bias else "") + (f" {activation}" if activation else "")
    inputs = {"x": x, "weight": weight} | ({"bias": shift} if bias else {})
    if activation:
        y = ACTIVATIONS[activation](y)
    results = {"y": y}
    if not bias and not activation:
        inputs["upstream"] = draw(seed + 3, *y.shape)
        results = gradients(y, inputs["upstream"], x=x, weight=weight)
    add_case(name, "linear", batch, inputs, results, activation=activation)


linear(1000, 1, 1, 1)
linear(1010, 16, 1, 5)
linear(1020, 33, 17, 5)
linear(1030, 17, 5, 17)
linear(1040, 3, 400, 120)
linear(1050, 16, 120, 84)
linear(1060, 17, 84, 10)
linear(1070, 17, 13, 1)
linear(1080, 3, 17, 5, bias=True)
for index, activation in enumerate(ACTIVATIONS):
    linear(1090 + index * 10, 17, 7, 11, bias=True, activation=activation)
linear(1140, 16, 9, 6, activation="sigmoid")


def pool(seed, kind, batch, channels, size, kernel, stride, padding=0, dilation=1, counts_padding=True, x=None, note=""):
    size, kernel, stride, padding, dilation = map(pair, (size, kernel, stride, padding, dilation))
    x = (draw(seed, batch, channels, *size) if x is None else x).requires_grad_()
    name = f"{kind}-pool {batch}x{channels}x{size[0]}x{size[1]} kernel {kernel[0]}x{kernel[1]} stride {stride[0]}x{stride[1]}"
    name += f" padding {padding[0]}x{padding[1]}" if padding != (0, 0) else ""
    name += f" dilation {dilation[0]}x{dilation[1]}" if dilation != (1, 1) else ""
    name += "" if counts_padding else " without padding in the mean"
    name += f" {note}" if note else ""
    if kind == "max":
        y = F.max_pool2d(x, kernel, stride, padding, dilation)
    else:
        y = F.avg_pool2d(x, kernel, stride, padding, count_include_pad=counts_padding)
    numbers = dict(kind=kind, kernel=kernel, stride=stride, padding=padding, dilation=dilation, countsPadding=counts_padding)
    if torch.isnan(x).any():
        add_case(name, "pool", batch, {"x": x}, {"y": y}, exact=True, **numbers)
        return
    upstream = draw(seed + 1, *y.shape)
    # Windows that overlap add upstream values in an order of the implementation's choice.
    overlaps = any(s < (k - 1) * d + 1 for k, s, d in zip(kernel, stride, dilation))
    add_case(name, "pool", batch, {"x": x, "upstream": upstream}, gradients(y, upstream, x=x),
             exact=kind == "max" and not overlaps, **numbers)


for kind in ("max", "average"):
    seed = 2000 if kind == "max" else 3000
    pool(seed, kind, 3, 6, (8, 10), 2, 2)
    pool(seed + 10, kind, 17, 1, 1, 1, 1)
    pool(seed + 20, kind, 17, 3, (5, 7), 2, 2)  # a last row and column that no window reads
    pool(seed + 30, kind, 3, 2, (7, 9), 3, 2)
    pool(seed + 40, kind, 3, 2, (7, 8), 3, 2, padding=1)
    pool(seed + 50, kind, 16, 1, 6, 3, 1, padding=1)
    pool(seed + 60, kind, 3, 2, (9, 10), 2, 3)  # stride > kernel
    pool(seed + 70, kind, 3, 2, (6, 11), (3, 2), (1, 3), padding=(1, 0))
    pool(seed + 80, kind, 3, 5, 4, 4, 4)  # the whole picture
    pool(seed + 90, kind, 33, 1, (4, 5), 2, 1, padding=1)
for index, (size, kernel, stride, padding) in enumerate([((7, 8), 3, 2, 1), (6, 3, 1, 1), ((5, 6), 2, 2, 1), ((4, 9), (2, 5), (1, 2), (1, 2))]):
    pool(3200 + index * 10, "average", 3, 2, size, kernel, stride, padding, counts_padding=False)
pool(2200, "max", 3, 2, (8, 9), 3, 2, dilation=2)
pool(2210, "max", 3, 2, (6, 7), 3, 2, padding=1, x=draw(2212, 3, 2, 6, 7) - 2, note="all negative")
pool(2220, "max", 17, 2, (6, 8), 2, 2, x=(draw(2222, 17, 2, 6, 8) * 2).round() / 2, note="with ties")
pool(2230, "max", 3, 2, (7, 7), 3, 2, padding=1, x=(draw(2232, 3, 2, 7, 7) * 1).round(), note="with ties")
pool(2240, "max", 3, 1, (4, 5), 2, 2, x=torch.zeros(3, 1, 4, 5, dtype=torch.float64), note="of zeros")
poisoned = draw(2252, 3, 2, 6, 6)
poisoned[0, 0, 0, 0] = poisoned[1, 0, 2, 3] = poisoned[1, 1, 5, 5] = poisoned[2, 1, 4, 1] = float("nan")
pool(2250, "max", 3, 2, 6, 2, 2, x=poisoned.clone(), note="with NaN")
pool(2260, "max", 3, 2, 6, 3, 1, padding=1, x=poisoned.clone(), note="with NaN")

# Values at which approximations of exp and tanh go wrong, one for each image: tiny, near their branches, and saturated.
EDGES = [0.0, -0.0, 1e-30, -1e-30, 1e-8, -1e-8, 1e-3, 0.25, -0.5, 0.6249, 0.6251, 1, -2, 4.5, -7.9, 9, -9.1, 17, -18, 40, -87, 88,
         -89, 104, -150, 1e6, -1e30, 3e38, float("inf"), float("-inf")]
for index, (kind, function) in enumerate(ACTIVATIONS.items()):
    for batch, shape, scale in ((3, (5, 3, 7), 3), (17, (13,), 8), (1, (1,), 1), (33, (2, 1, 1), 2)):
        seed = 4000 + index * 100 + batch
        x = draw(seed, batch, *shape, scale=scale).requires_grad_()
        y = function(x)
        upstream = draw(seed + 50, *y.shape)
        add_case(f"{kind} of {batch}x{'x'.join(map(str, shape))}", "activation", batch, {"x": x, "upstream": upstream},
                 gradients(y, upstream, x=x), kind=kind, exact=kind == "relu")
    x = torch.tensor(EDGES, dtype=torch.float32).double().reshape(-1, 1).requires_grad_()
    y = function(x)
    add_case(f"{kind} at its edges", "activation", len(EDGES), {"x": x}, {"y": y}, kind=kind, exact=kind == "relu")
x = draw(4500, 5, 4).requires_grad_()
with torch.no_grad():
    x[1, 2] = x[4, 0] = float("nan")
del x.recipe
for kind, function in ACTIVATIONS.items():
    add_case(f"{kind} with NaN", "activation", 5, {"x": x}, {"y": function(x)}, kind=kind, exact=kind == "relu")
x = torch.tensor([[-1.0, 0.0, -0.0, 1.0]], dtype=torch.float64).requires_grad_()
add_case("relu at zero", "activation", 1, {"x": x, "upstream": draw(4510, 1, 4)},
         gradients(torch.relu(x), draw(4510, 1, 4), x=x), kind="relu", exact=True)

for batch, shape in ((3, (4, 3, 5)), (17, (7,)), (33, (1, 1, 1))):
    label = f"{batch}x{'x'.join(map(str, shape))}"
    seed = 5000 + batch * 10
    x, other, upstream = (draw(seed + i, batch, *shape).requires_grad_() for i in range(3))
    y = (x.float() + other.float()).double()  # float32, so that it can be compared exactly
    add_case(f"add {label}", "add", batch, {"x": x, "other": other, "upstream": upstream},
             {"y": y, "dx": upstream, "dother": upstream}, exact=True)

    bias = draw(seed + 3, shape[0]).requires_grad_()
    y = x + bias.reshape(-1, *[1] * (len(shape) - 1))
    add_case(f"add-bias {label}", "add-bias", batch, {"x": x, "bias": bias, "upstream": upstream},
             gradients(y, upstream, x=x, bias=bias))

    for count in {1, shape[0]}:
        scale, offset = draw(seed + 4, count, scale=3), draw(seed + 5, count)
        wide = (-1, *[1] * (len(shape) - 1))
        y = x * scale.reshape(wide) + offset.reshape(wide)
        add_case(f"affine {label} with {count}", "affine", batch, {"x": x, "scale": scale, "offset": offset, "upstream": upstream},
                 gradients(y, upstream, x=x))

    flat = int(numpy.prod(shape))
    up = draw(seed + 6, batch, flat)
    add_case(f"reshape {label}", "reshape", batch, {"x": x, "upstream": up}, gradients(x.reshape(batch, flat), up, x=x),
             shape=[flat], exact=True)

    for kind, y in (("mean", x.mean(0)), ("sum", x.sum(0))):
        up = draw(seed + 7, *shape)
        add_case(f"batch-{kind} {label}", "batch-reduction", batch, {"x": x, "upstream": up}, gradients(y, up, x=x), kind=kind)
x, up = draw(5900, 17).requires_grad_(), draw(5901)
for kind, y in (("mean", x.mean(0)), ("sum", x.sum(0))):  # of losses: one number an image
    add_case(f"batch-{kind} of numbers", "batch-reduction", 17, {"x": x, "upstream": up}, gradients(y, up, x=x), kind=kind)

for index, (batch, classes, scale) in enumerate([(1, 1, 1), (3, 2, 1), (17, 10, 4), (33, 17, 1), (16, 10, 80), (3, 1000, 5)]):
    seed = 6000 + index * 10
    x = draw(seed, batch, classes, scale=scale).requires_grad_()
    labels = draw_labels(seed, batch, classes)
    y = F.cross_entropy(x, labels, reduction="none")
    upstream = draw(seed + 2, batch)
    add_case(f"softmax-cross-entropy {batch}x{classes} logits to {scale}", "softmax-cross-entropy", batch,
             {"x": x, "labels": labels, "upstream": upstream}, gradients(y, upstream, x=x))
    add_case(f"top-1 {batch}x{classes} logits to {scale}", "top-1", batch, {"x": x, "labels": labels},
             {"y": torch.from_numpy((x.detach().numpy().argmax(1) == labels.numpy()).astype(numpy.float64))}, exact=True)
x = torch.tensor([[1, 3, 3, 0], [1, 3, 3, 0], [2, 2, 2, 2], [2, 2, 2, 2]], dtype=torch.float64)
labels = torch.tensor([1, 2, 0, 3])
add_case("top-1 with ties", "top-1", 4, {"x": x, "labels": labels}, {"y": torch.tensor([1.0, 0, 1, 0])}, exact=True)

for index, (momentum, decay, nesterov) in enumerate(
        [(0, 0, False), (0, 0.125, False), (0.875, 0, False), (0.875, 0.03125, False), (0.75, 0, True), (0.75, 0.0625, True)]):
    for shape in ((5, 3), (3, 2, 3, 3), (1,)):
        seed, steps = 7000 + index * 10, 4
        w = draw(seed, *shape)
        parameter = torch.nn.Parameter(w.clone())
        updates = draw(seed + 1, steps, *shape)
        rates = [0.5, 0.25, 0.25, 0.0625]
        optimizer = torch.optim.SGD([parameter], lr=1, momentum=momentum, weight_decay=decay, nesterov=nesterov)
        weights, velocities = [], []
        for step in range(steps):
            optimizer.param_groups[0]["lr"] = rates[step]
            parameter.grad = updates[step].clone()
            optimizer.step()
            weights.append(parameter.detach().clone())
            if momentum:
                velocities.append(optimizer.state[parameter]["momentum_buffer"].clone())
        results = {"weights": torch.stack(weights)} | ({"velocities": torch.stack(velocities)} if momentum else {})
        add_case(f"gradient-descent {'x'.join(map(str, shape))} momentum {momentum} decay {decay}" + (" nesterov" if nesterov else ""),
                 "gradient-descent", 1, {"w": w, "gradients": updates}, results,
                 momentum=momentum, weightDecay=decay, isNesterov=nesterov, rates=rates)

cases.save(pathlib.Path(__file__).with_name("golden.safetensors"))
