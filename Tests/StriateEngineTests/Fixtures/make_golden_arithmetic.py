#!/usr/bin/env python3
"""Writes golden-arithmetic.safetensors: PyTorch's values for element-wise arithmetic and functions, reductions and softmax, and for
what moves elements: slices, gathers, concatenations, transpositions, broadcasts and masks.

    python3 -m pip install torch safetensors numpy && python3 make_golden_arithmetic.py

The container is that of golden.safetensors (see make_golden.py). Inputs are called a, b, c; `shared` names those that all images share,
the others have the batch in front. Results are y and, for an upstream gradient of y, da, db, dc. `relative` asks that each element agree to 1e-5
of itself, not of the tensor's largest.
"""

import pathlib

import torch
import torch.nn.functional as F

from golden_cases import Cases, by, draw, gradients

cases = Cases(keep_whole=96, step=29)  # there are many
BATCHES = (1, 15, 17, 33)
FEW = (1, 3)  # for inputs that no formula gives, so that the file must hold them


def add(name, operation, batch, inputs, y, seed, shared=(), slopes=True, **numbers):
    results = {"y": y}
    if slopes:
        upstream = draw(seed + 9, *y.shape)
        results = gradients(y, upstream, **{key: tensor for key, tensor in inputs.items()})
        inputs = inputs | {"upstream": upstream}
    cases.add(name, operation, batch, inputs, results, shared=list(shared), **numbers)


def images(tensor, shared, rank, batch):
    """One operand, ready to be broadcast with others whose images have up to `rank` axes."""
    shape = list(tensor.shape) if shared else list(tensor.shape[1:])
    return tensor.reshape([1 if shared else batch] + [1] * (rank - len(shape)) + shape)


# Arithmetic

KINDS = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div,
    "maximum": torch.maximum, "minimum": torch.minimum, "power": torch.pow,
    "equal": lambda a, b: (a == b).double(), "greater": lambda a, b: (a > b).double(),
}
SHAPES = [
    ((17, 3, 5), (17, 3, 5)), ((17, 3, 5), ()), ((17, 3, 5), (17, 1, 1)), ((17, 1, 1), (17, 3, 5)), ((4, 3, 5), (5,)), ((4, 3, 5), (3, 1)),
    ((4, 1, 5), (1, 3, 1)), ((1, 1, 1), (1, 1, 1)), ((7,), (3, 1, 7)), ((2, 1, 3, 1, 2), (4, 1, 5, 1)), ((1, 6, 1), (5, 1, 7)),
]
index = 0
for kind, function in KINDS.items():
    for place, (left, right) in enumerate(SHAPES):
        for sharing in ((), ("b",), ("a",), ("a", "b")):
            # Each kind meets every shape and every sharing, not every pair of them.
            if kind not in ("add", "divide") and (place + len(sharing) + ("a" in sharing) * 2) % 3 != 0:
                continue
            index += 1
            has_ties = kind == "equal" or place % 2 == 0 and kind in ("maximum", "minimum", "greater")
            batch = FEW[index % 2] if has_ties or kind in ("divide", "power") else BATCHES[index % 4]
            seed, rank = 20 * index, max(len(left), len(right))
            a = draw(seed, *(() if "a" in sharing else (batch,)), *left, scale=2)
            b = draw(seed + 1, *(() if "b" in sharing else (batch,)), *right, scale=2)
            if kind == "divide":  # away from 0
                b = (b.abs() + 0.25).float().double()
            elif kind == "power":
                a = (a.abs() + 0.25).float().double()
            elif has_ties:
                a, b = a.round(), b.round()
            a.requires_grad_(), b.requires_grad_()
            if len(sharing) == 2:
                y, batch = function(a, b), 1
            else:
                y = function(images(a, "a" in sharing, rank, batch), images(b, "b" in sharing, rank, batch))
            add(f"{kind} {by(left) or 'scalar'} and {by(right) or 'scalar'} of {batch} sharing {''.join(sharing) or 'nothing'}", "arithmetic",
                batch, {"a": a, "b": b}, y, seed, sharing, slopes=kind not in ("equal", "greater"), kind=kind)

inf, nan = float("inf"), float("nan")
bases = [0.0, -0.0, 1, -1, 2, -2, 0.5, -0.5, 1.5, -1.5, 3, -7.25, 1e-40, 1e-20, 3e38, -3e38, 1 + 2.0**-23, 0.7, 1e10, inf, -inf, nan]
exponents = [0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1 / 3, 7, 8, 31, -31.5, 100, 1e8 + 8, 16777215, 3e38, inf, -inf, nan]
a, b = torch.tensor(bases, dtype=torch.float32).double().reshape(-1, 1), torch.tensor(exponents, dtype=torch.float32).double()
y = torch.pow(a, b)
# What a double can hold and a float cannot is rounded to infinity or to zero; below the normal numbers nothing is promised.
y = torch.where((y.abs() < 1.2e-38) & (y != 0), torch.zeros_like(y).copysign(y), y)
cases.add("powers of special numbers", "arithmetic", len(bases), {"a": a, "b": b}, {"y": y}, shared=["b"], kind="power", relative=True)
special = torch.tensor([0.0, 1, -1, inf, -inf, nan], dtype=torch.float64)
for kind, function in KINDS.items():
    if kind != "power":
        cases.add(f"{kind} of special numbers", "arithmetic", 6, {"a": special.reshape(-1, 1), "b": special},
                  {"y": function(special.reshape(-1, 1), special)}, shared=["b"], kind=kind)

# Functions of one element

def gelu(x):
    """Without PyTorch's cancellation far below 0."""
    y = x * torch.special.erfc(-x / 2**0.5) / 2
    assert torch.allclose(y[x.isfinite()], F.gelu(x[x.isfinite()]), rtol=1e-12, atol=1e-15)
    return y


def gelu_by_tanh(x):
    y = x * torch.sigmoid(2 * (2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3))
    assert torch.allclose(y[x.isfinite()], F.gelu(x[x.isfinite()], approximate="tanh"), rtol=1e-12, atol=1e-15)
    return y


FUNCTIONS = {
    "leaky-relu": (lambda x: F.leaky_relu(x, 0.125), [0.125]), "elu": (lambda x: F.elu(x, 1.5), [1.5]), "gelu": (gelu, []),
    "gelu-tanh": (gelu_by_tanh, []), "hard-sigmoid": (F.hardsigmoid, [1 / 6, 0.5]),
    "hard-swish": (F.hardswish, []), "silu": (F.silu, []), "softplus": (lambda x: torch.logaddexp(x, torch.zeros_like(x)), []),
    "clip": (lambda x: x.clamp(-0.75, 1.25), [-0.75, 1.25]), "exp": (torch.exp, []), "log": (torch.log, []), "square-root": (torch.sqrt, []),
    "reciprocal-square-root": (torch.rsqrt, []), "reciprocal": (torch.reciprocal, []), "absolute": (torch.abs, []), "erf": (torch.erf, []),
    "sign": (torch.sign, []), "floor": (torch.floor, []), "ceil": (torch.ceil, []), "round": (torch.round, []),
}
EDGES = [0.0, -0.0, 1e-30, -1e-30, 1e-8, -1e-8, 1e-4, -1e-4, 0.25, -0.5, 0.8399, 0.8401, -1, 1.5, -2.5, -3, 3, 4.5, -5.5, 7, -7.9, -9.1,
         11.5, 17, -18, 30, -40, 80, -80, inf, -inf, nan]
SMOOTH = ("elu", "gelu", "gelu-tanh", "silu", "softplus", "exp", "erf", "square-root", "reciprocal-square-root", "reciprocal", "log")
for index, (kind, (function, parameters)) in enumerate(FUNCTIONS.items()):
    positive = kind in ("log", "square-root", "reciprocal-square-root", "reciprocal")
    for place, (batch, shape) in enumerate([(1, (1,)), (15, (3, 5, 2)), (17, (7,)), (33, (2, 1, 1)), (None, (17, 3))]):
        seed = 50000 + 100 * index + 10 * place
        x = draw(seed, *(() if batch is None else (batch,)), *shape, scale=4)
        if positive:
            x = (x.abs() + 0.125).float().double()
        x.requires_grad_()
        shared = ["a"] if batch is None else []
        add(f"{kind} of {'shared' if batch is None else batch} {by(shape)}", "function", batch or 1, {"a": x}, function(x), seed, shared,
            slopes=kind not in ("sign", "floor", "ceil", "round"), kind=kind, parameters=parameters, relative=False)
    x = torch.tensor(EDGES, dtype=torch.float32).double().reshape(-1, 1)
    y = function(x)
    # The limit of GELU and its relatives at −∞ is 0; a product with ∞ says NaN. Both are right.
    keep = x.isfinite() | y.isfinite() | torch.tensor(kind not in ("gelu", "gelu-tanh", "silu", "hard-swish"))
    x, y = x[keep].reshape(-1, 1), y[keep].reshape(-1, 1)
    y = torch.where((y.abs() < 1.2e-38) & (y != 0), torch.zeros_like(y), y)
    cases.add(f"{kind} at its edges", "function", len(x), {"a": x}, {"y": y}, shared=[], kind=kind, parameters=parameters,
              relative=kind in SMOOTH)

# Along axes

for index, (shape, axes) in enumerate([
        ((17, 5, 7), [1, 2]), ((17, 5, 7), [0]), ((17, 5, 7), [0, 1, 2]), ((3, 5, 7), [0, 2]), ((3, 5, 7), [1]), ((3, 5, 7), [2]), ((1,), [0]),
        ((40,), [0]), ((2, 3, 2, 3, 2), [1, 3]), ((1, 4, 1), [0, 2]), ((3, 4), [])]):
    for place, kind in enumerate(("sum", "mean", "max", "min")):
        for shared in (False, True):
            has_ties = index % 3 == 1 and kind in ("max", "min")
            seed, keeps = 60000 + 100 * index + 20 * place + 10 * shared, (index + place) % 2 == 0
            batch = FEW[place % 2] if has_ties else BATCHES[(index + place) % 4]
            x = draw(seed, *(() if shared else (batch,)), *shape)
            if has_ties:
                x = (x * 4).round()
            x.requires_grad_()
            along = [axis + (not shared) for axis in axes]
            # Of equal extremes PyTorch's amax gives each its share, as the operation does; without axes all functions are identities.
            function = {"sum": torch.sum, "mean": torch.mean, "max": torch.amax, "min": torch.amin}[kind]
            y = function(x, along, keepdim=keeps) if axes else x * 1
            add(f"{kind} of {by(shape)} over {axes} {'shared' if shared else batch}", "reduction", 1 if shared else batch, {"a": x}, y, seed,
                ["a"] if shared else [], kind=kind, axes=axes, keepsAxes=keeps)
poisoned = draw(65000, 3, 4, 5)
poisoned[0, 1, 2] = poisoned[2, 3, 4] = nan
del poisoned.recipe
for kind, function in (("max", torch.amax), ("min", torch.amin)):
    cases.add(f"{kind} with NaN", "reduction", 3, {"a": poisoned}, {"y": function(poisoned, [2])}, shared=[], kind=kind, axes=[1], keepsAxes=False)

for index, (shape, axis, scale) in enumerate([
        ((10,), 0, 4), ((1,), 0, 1), ((17, 3, 5), 0, 3), ((4, 3, 5), 1, 3), ((4, 3, 5), 2, 60), ((1000,), 0, 5), ((21, 1, 1), 0, 1)]):
    for logarithm in (False, True):
        seed, batch = 66000 + 100 * index + 10 * logarithm, BATCHES[index % 4]
        x = draw(seed, batch, *shape, scale=scale).requires_grad_()
        y = (F.log_softmax if logarithm else F.softmax)(x, axis + 1)
        add(f"{'log-' if logarithm else ''}softmax of {batch} {by(shape)} along {axis} to {scale}", "softmax", batch, {"a": x}, y, seed,
            axes=[axis], kind="log" if logarithm else "plain")

# What moves elements

FILLED = -1


def gathered(x, axis, positions, fill):
    parts = [torch.full_like(x.select(axis, 0), fill) if p == FILLED else x.select(axis, p) for p in positions]
    return torch.stack(parts, axis)


for index, (shape, axis, positions, fill) in enumerate([
        ((17, 3, 5), 0, [16, 0, 0, 4, -1, 16], 0.5), ((4, 3, 5), 1, [-1, 0, 1, 2, -1, -1], 0), ((4, 3, 5), 2, [4, 3, 2, 1, 0], 0),
        ((4, 3, 5), 2, [2, 1, 0, 1, 2, 3, 4, 3, 2], 0), ((7,), 0, [0, 2, 4, 6], 0), ((1, 1), 1, [0, 0, 0], 0), ((3, 2), 0, [-1, 1, -1], -2)]):
    for shared in (False, True):
        seed, batch = 70000 + 100 * index + 10 * shared, BATCHES[index % 4]
        x = draw(seed, *(() if shared else (batch,)), *shape).requires_grad_()
        y = gathered(x, axis + (not shared), positions, fill)
        add(f"gather {index} {'shared' if shared else batch}", "gather", 1 if shared else batch, {"a": x}, y, seed, ["a"] if shared else [],
            axes=[axis], places=positions, parameters=[fill], exact=all(positions.count(p) < 3 for p in positions if p >= 0))

for index, (shape, axis, first, end) in enumerate([
        ((17, 3, 5), 0, 4, 11), ((17, 3, 5), 1, 1, 3), ((17, 3, 5), 2, 0, 4), ((7,), 0, 6, 7), ((1, 5, 2), 1, 1, 4), ((4, 2), 0, 0, 4)]):
    for shared in (False, True):
        seed, batch = 71000 + 100 * index + 10 * shared, BATCHES[index % 4]
        x = draw(seed, *(() if shared else (batch,)), *shape).requires_grad_()
        add(f"slice {index} {'shared' if shared else batch}", "slice", 1 if shared else batch, {"a": x},
            x.narrow(axis + (not shared), first, end - first), seed, ["a"] if shared else [], axes=[axis], places=[first, end], exact=True)

for index, (shape, axis, extents) in enumerate([
        ((0, 3, 5), 0, (17, 2, 5)), ((4, 0, 5), 1, (1, 3, 2)), ((4, 3, 0), 2, (2, 2, 1)), ((0,), 0, (1, 1, 7)), ((1, 0, 2), 1, (3, 1, 2))]):
    for shared in (False, True):
        seed, batch = 72000 + 100 * index + 10 * shared, BATCHES[index % 4]
        parts = {}
        for place, extent in enumerate(extents):
            part = list(shape)
            part[axis] = extent
            parts["abc"[place]] = draw(seed + place, *(() if shared else (batch,)), *part).requires_grad_()
        add(f"concatenation {index} {'shared' if shared else batch}", "concatenation", 1 if shared else batch, parts,
            torch.cat(list(parts.values()), axis + (not shared)), seed, list(parts) if shared else [], axes=[axis], exact=True)

for index, (shape, permutation) in enumerate([
        ((17, 3, 5), [0, 2, 1]), ((17, 3, 5), [2, 1, 0]), ((4, 3, 5), [1, 2, 0]), ((6, 7), [1, 0]), ((2, 3, 2, 5), [3, 1, 0, 2]), ((3, 1, 4), [1, 0, 2])]):
    for shared in (False, True):
        seed, batch = 73000 + 100 * index + 10 * shared, BATCHES[index % 4]
        x = draw(seed, *(() if shared else (batch,)), *shape).requires_grad_()
        order = permutation if shared else [0] + [axis + 1 for axis in permutation]
        add(f"transpose {index} {'shared' if shared else batch}", "transpose", 1 if shared else batch, {"a": x}, x.permute(order), seed,
            ["a"] if shared else [], axes=permutation, exact=True)

for index, (shape, target) in enumerate([((17, 1, 1), (17, 3, 5)), ((1,), (4, 6)), ((), (3, 2)), ((1, 3, 1), (4, 3, 5)), ((5,), (2, 3, 5))]):
    for shared in (False, True):
        seed, batch = 74000 + 100 * index + 10 * shared, BATCHES[index % 4]
        x = draw(seed, *(() if shared else (batch,)), *shape).requires_grad_()
        y = x.expand(target) if shared else images(x, False, len(target), batch).expand(batch, *target)
        add(f"broadcast {index} {'shared' if shared else batch}", "broadcast", 1 if shared else batch, {"a": x}, y, seed,
            ["a"] if shared else [], shape=list(target))

table = [[0, 2], [1], [], [0, 1, 2], [2]]
mask = torch.tensor([[float(c in row) for c in range(3)] for row in table], dtype=torch.float64)
x = draw(75000, 5, 3, 3, 2).requires_grad_()
add("mask of a kernel", "mask", 1, {"a": x}, x * mask.reshape(5, 3, 1, 1), 75000, ["a"], table=table, exact=True)

cases.save(pathlib.Path(__file__).with_name("golden-arithmetic.safetensors"))
