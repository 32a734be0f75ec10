"""Makes updates.json: what PyTorch makes of a small network in 50 steps with each optimiser and option, and of schedules.

    python make_updates.py

The network is Flatten, Linear(8), Tanh, Linear(3) on twelve pictures of 1×4×4, pixels/255 normalised by mean and deviation 0.5.
LARS and Muon with weights of any shape are not in PyTorch; here they are written out in float32, LARS after You, Gitman and Ginsburg (2017)
and Muon after Jordan (2024). For matrices the latter is compared with torch.optim.Muon, whose iteration runs in bfloat16.
"""
import copy
import json

import numpy as np
import torch
from torch import nn

torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
STEPS = 50


def bits(index, seed):
    h = (index + seed * 0x9E3779B9) & 0xFFFFFFFF
    h = ((h ^ h >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
    h = ((h ^ h >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
    return h ^ h >> 16


def hashed(shape, seed, scale):
    count = int(np.prod(shape))
    numbers = [scale * ((bits(i, seed) >> 8) - (1 << 23)) / (1 << 23) for i in range(count)]
    return torch.tensor(numbers, dtype=torch.float32).reshape(shape)


PIXELS = torch.tensor([bits(i, 1) & 255 for i in range(12 * 16)], dtype=torch.float32).reshape(12, 16)
LABELS = torch.tensor([bits(i, 2) % 3 for i in range(12)])
PARTNERS = torch.tensor([bits(i, 3) % 3 for i in range(12)])
SHARES = torch.tensor([(bits(i, 4) % 9) / 8 for i in range(12)], dtype=torch.float32)
IMAGE_WEIGHTS = torch.tensor([(1 + bits(i, 5) % 4) / 4 for i in range(12)], dtype=torch.float32)


def network():
    net = nn.Sequential(nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        for seed, parameter in enumerate(net.parameters()):
            parameter.copy_(hashed(tuple(parameter.shape), 10 + seed, 0.5))
    return net


def named(net):
    names = ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
    return {name: p.flatten().tolist() for name, p in zip(names, net.parameters())}


def orthogonalized(update, steps=5, eps=1e-7):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = update.reshape(update.shape[0], -1)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).reshape(update.shape)


class Lars(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, weight_decay=0.0, trust=0.001, eps=1e-8):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, trust=trust, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                decay, g, ratio = (group["weight_decay"] if p.ndim > 1 else 0), p.grad, 1.0
                if p.ndim > 1 and p.norm() > 0 and g.norm() > 0:
                    ratio = group["trust"] * p.norm() / (g.norm() + decay * p.norm() + group["eps"])
                g = ratio * (g + decay * p)
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                v.mul_(group["momentum"]).add_(g)
                p.sub_(group["lr"] * v)


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.95, weight_decay=0.1, nesterov=True, rms=False):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov, rms=rms))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                v.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalized(p.grad.lerp(v, group["momentum"]) if group["nesterov"] else v)
                rows, columns = p.shape[0], p[0].numel()
                scale = 0.2 * max(rows, columns) ** 0.5 if group["rms"] else max(1, rows / columns) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update, alpha=-group["lr"] * scale)


class Both:
    """Muon for matrices, AdamW for the rest."""

    def __init__(self, net, muon, adam):
        self.parts = [muon([p for p in net.parameters() if p.ndim > 1]), adam([p for p in net.parameters() if p.ndim == 1])]

    def step(self):
        for part in self.parts:
            part.step()

    def zero_grad(self):
        for part in self.parts:
            part.zero_grad()


def groups(net, decay):
    return [
        dict(params=[p for p in net.parameters() if p.ndim > 1], weight_decay=decay),
        dict(params=[p for p in net.parameters() if p.ndim == 1], weight_decay=0.0),
    ]


def cross_entropy(**options):
    return lambda logits: nn.functional.cross_entropy(logits, LABELS, **options)


def mixed(logits):
    target = SHARES[:, None] * nn.functional.one_hot(LABELS, 3) + (1 - SHARES)[:, None] * nn.functional.one_hot(PARTNERS, 3)
    return nn.functional.cross_entropy(logits, target)


def weighted(logits):
    losses = nn.functional.cross_entropy(logits, LABELS, reduction="none")
    return (IMAGE_WEIGHTS * losses).sum() / IMAGE_WEIGHTS.sum()


def train(make, loss=cross_entropy(), before_step=lambda net: None, average=None, schedule=None):
    net = network()
    optimizer, mean = make(net), copy.deepcopy(net)
    scheduler = schedule and schedule(optimizer)
    losses = []
    for step in range(1, STEPS + 1):
        value = loss(net((PIXELS / 255 - 0.5) / 0.5))
        optimizer.zero_grad()
        value.backward()
        before_step(net)
        optimizer.step()
        # A step beyond the last is not planned for.
        if scheduler and step < STEPS:
            scheduler.step()
        losses.append(value.item())
        if average is not None:
            share = 1.0 if step == 1 else 1 - (min(average[0], 1 - step ** (-2 / 3)) if average[1] else average[0])
            with torch.no_grad():
                for a, p in zip(mean.parameters(), net.parameters()):
                    a.lerp_(p, share)
    net = net if average is None else mean
    return dict(losses=losses[::7], weights={name: values[::5] for name, values in named(net).items()})


def sgd(net):
    return torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)


optim = torch.optim
S = optim.lr_scheduler
cases = {
    "sgd": train(lambda net: optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)),
    "sgd, weights decay": train(lambda net: optim.SGD(groups(net, 0.05), lr=0.1, momentum=0.9)),
    "adam": train(lambda net: optim.Adam(net.parameters(), lr=0.01, betas=(0.8, 0.99), weight_decay=0.05)),
    "adamw": train(lambda net: optim.AdamW(groups(net, 0.1), lr=0.01)),
    "adamw, all decay": train(lambda net: optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1, eps=1e-3)),
    "rmsprop": train(lambda net: optim.RMSprop(net.parameters(), lr=0.003, alpha=0.9)),
    "rmsprop, centred": train(
        lambda net: optim.RMSprop(net.parameters(), lr=0.001, alpha=0.95, momentum=0.5, centered=True, weight_decay=0.01, eps=1e-4)),
    "lars": train(lambda net: Lars(net.parameters(), lr=2.0, weight_decay=0.01, trust=0.02)),
    "muon": train(lambda net: Both(net, lambda p: Muon(p, 0.02, weight_decay=0.1), lambda p: optim.AdamW(p, 0.02, weight_decay=0))),
    "muon, matched": train(
        lambda net: Both(net, lambda p: Muon(p, 0.01, momentum=0.9, nesterov=False, rms=True), lambda p: optim.AdamW(p, 0.01, weight_decay=0))),
    "clipped norm": train(sgd, before_step=lambda net: nn.utils.clip_grad_norm_(net.parameters(), 0.05)),
    "clipped values": train(sgd, before_step=lambda net: nn.utils.clip_grad_value_(net.parameters(), 0.01)),
    "smoothed": train(sgd, cross_entropy(label_smoothing=0.1)),
    "class weights": train(sgd, cross_entropy(weight=torch.tensor([0.5, 1.0, 2.5]))),
    "smoothed, class weights": train(sgd, cross_entropy(weight=torch.tensor([0.5, 1.0, 2.5]), label_smoothing=0.2)),
    "mixed": train(sgd, mixed),
    "weighted": train(sgd, weighted),
    "averaged": train(sgd, average=(0.9, False)),
    "averaged after a warm-up": train(sgd, average=(0.9, True)),
    "sgd, one cycle": train(
        lambda net: optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True), schedule=lambda o: S.OneCycleLR(o, 0.1, total_steps=STEPS)),
    "adam, one cycle": train(
        lambda net: optim.Adam(net.parameters(), lr=0.01),
        schedule=lambda o: S.OneCycleLR(
            o, 0.01, total_steps=STEPS, pct_start=0.4, anneal_strategy="linear", base_momentum=0.7, max_momentum=0.9)),
}

# The iteration in float32 is the one that torch.optim.Muon does in bfloat16.
theirs = train(lambda net: Both(net, lambda p: optim.Muon(p, lr=0.02, weight_decay=0.1), lambda p: optim.AdamW(p, 0.02, weight_decay=0)))
for name, values in theirs["weights"].items():
    assert np.allclose(values, cases["muon"]["weights"][name], atol=0.03), name
four = hashed((6, 3, 2, 2), 30, 1.0)
tall = hashed((9, 2, 2, 1), 31, 1.0)
orthogonal = [
    dict(shape=list(x.shape), matrix=x.flatten().tolist(), result=orthogonalized(x).flatten().tolist()) for x in (four, tall)
]


def rates(make, count=20):
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD([parameter], lr=1.0)
    scheduler, found = make(optimizer), []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


schedules = {
    "one-cycle": rates(lambda o: S.OneCycleLR(o, 1.0, total_steps=20, cycle_momentum=False), 20 - 1),
    "one-cycle:0.4:10.0:100.0:linear": rates(
        lambda o: S.OneCycleLR(o, 1.0, total_steps=20, pct_start=0.4, div_factor=10, final_div_factor=100, anneal_strategy="linear", cycle_momentum=False), 19),
    "exponential:0.9": rates(lambda o: S.LambdaLR(o, lambda step: 0.9 ** (step // 4))),
    "polynomial:2.0": rates(lambda o: S.PolynomialLR(o, total_iters=20, power=2.0)),
    "cosine": rates(lambda o: S.CosineAnnealingLR(o, T_max=20)),
    "milestones:2,4:0.1": rates(lambda o: S.MultiStepLR(o, milestones=[8, 16], gamma=0.1)),
}
plateau_losses = [1.0, 0.9, 0.91, 0.92, 0.90, 0.89995, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4]
parameter = nn.Parameter(torch.zeros(1))
optimizer = optim.SGD([parameter], lr=1.0)
plateau, plateau_rates = S.ReduceLROnPlateau(optimizer, factor=0.5, patience=2), []
for value in plateau_losses:
    plateau.step(value)
    plateau_rates.append(optimizer.param_groups[0]["lr"])


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, int):
        return value
    return float(f"{value:.8g}")


with open("updates.json", "w") as file:
    json.dump(rounded(dict(
        pixels=PIXELS.int().flatten().tolist(), labels=LABELS.tolist(), partners=PARTNERS.tolist(), shares=SHARES.tolist(),
        imageWeights=IMAGE_WEIGHTS.tolist(), start=named(network()), cases=cases, orthogonal=orthogonal, schedules=schedules, plateau=dict(losses=plateau_losses, rates=plateau_rates))), file)
    file.write("\n")
