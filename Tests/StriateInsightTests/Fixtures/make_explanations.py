#!/usr/bin/env python3
"""Writes explanations.safetensors: what a small network's layers make of a picture, and explanations of its answer, by PyTorch.

    python3 -m pip install torch numpy safetensors && python3 make_explanations.py

    weight/…            the state_dict
    picture             levels of 0 ... 255
    mean, deviation     the preprocessing
    logits
    maps/LAYER          what each module makes
    CLASS/METHOD/…      heat maps; the methods are written out below, by autograd alone, in double precision
    interpolated        a map of 3x5 at 7x9 (mode="bilinear", align_corners=False)
"""

import pathlib

import numpy
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x):
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + x


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.act1 = nn.ReLU()
        self.block = Block(6)
        self.act2 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Conv2d(6, 8, 3, padding=1)
        self.act3 = nn.Tanh()
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.act2(self.block(self.act1(self.norm(self.stem(x)))))
        return self.fc(self.flatten(self.mean(self.act3(self.head(self.pool(x))))))


def grad_cam(network, x, target, layer):
    """max(0, sum_k mean(d score / d A_k) A_k), at the layer's size."""
    kept = []
    hook = dict(network.named_modules())[layer].register_forward_hook(lambda module, inputs, result: kept.append(result))
    score = network(x)[0, target]
    hook.remove()
    maps = kept[0]
    slopes = torch.autograd.grad(score, maps)[0]
    weights = slopes.mean(dim=(2, 3), keepdim=True)
    return torch.relu((weights * maps).sum(dim=1))[0]


def slopes(network, x, target):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(network(x)[:, target].sum(), x)[0]


def saliency(network, x, target):
    return slopes(network, x, target).abs().amax(dim=1)[0]


def integrated_gradients(network, x, target, baseline, steps):
    """The midpoint rule along the straight line."""
    total = torch.zeros_like(x)
    for step in range(steps):
        total += slopes(network, baseline + (step + 0.5) / steps * (x - baseline), target)
    return ((x - baseline) * total / steps).sum(dim=1)[0]


def occlusion(network, x, target, window, stride, fill):
    """The mean fall of the score over all squares that cover a place; squares are cut off at the lower and right edge."""
    rows, columns = x.shape[2:]
    whole = network(x)[0, target]
    falls, covers = torch.zeros(rows, columns, dtype=x.dtype), torch.zeros(rows, columns, dtype=x.dtype)

    def starts(size):
        return range(0, -(-(size - window) // stride) * stride + 1, stride)

    for top in starts(rows):
        for left in starts(columns):
            covered = x.clone()
            covered[:, :, top:top + window, left:left + window] = fill[:, :, top:top + window, left:left + window]
            falls[top:top + window, left:left + window] += whole - network(covered)[0, target]
            covers[top:top + window, left:left + window] += 1
    return falls / covers


def main() -> None:
    torch.manual_seed(6)
    network = Small().double().eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.3, 2)
        for parameter in network.parameters():  # what Swift reads are floats
            parameter.copy_(parameter.float())
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.copy_(buffer.float())

    mean, deviation = numpy.float32([0.48, 0.45, 0.4]), numpy.float32([0.22, 0.25, 0.3])
    down, across = torch.meshgrid(torch.arange(12), torch.arange(12), indexing="ij")
    blobs = [255 * torch.exp(-((down - r) ** 2 + (across - c) ** 2) / 9.0) for r, c in [(3, 4), (7, 8), (9, 2)]]
    picture = (torch.stack(blobs) + torch.randint(0, 40, (3, 12, 12))).clamp(0, 255).floor()

    def normalized(levels):
        return ((levels.double() / 255 - torch.tensor(mean).double().view(3, 1, 1)) / torch.tensor(deviation).double().view(3, 1, 1))[None]

    x, black = normalized(picture), normalized(torch.zeros(3, 12, 12))
    grey = torch.zeros_like(x)
    tensors = {f"weight/{name}": value for name, value in network.state_dict().items() if value.is_floating_point()}
    tensors |= {"picture": picture, "mean": torch.tensor(mean), "deviation": torch.tensor(deviation), "logits": network(x)[0]}
    handles = [
        module.register_forward_hook(lambda module, inputs, result, name=name: tensors.__setitem__(f"maps/{name}", result[0]))
        for name, module in network.named_modules() if name
    ]
    network(x)
    for handle in handles:
        handle.remove()

    top = int(network(x)[0].argmax())
    tensors["top"] = torch.tensor([float(top)])
    for target in [top, (top + 2) % 5]:
        for layer in ["act3", "block", "stem", "act1"]:
            tensors[f"{target}/grad-cam/{layer}"] = grad_cam(network, x, target, layer)
        tensors[f"{target}/saliency"] = saliency(network, x, target)
        tensors[f"{target}/integrated-gradients/black/20"] = integrated_gradients(network, x, target, black, 20)
        tensors[f"{target}/integrated-gradients/mean/7"] = integrated_gradients(network, x, target, grey, 7)
        tensors[f"{target}/occlusion/mean/3/2"] = occlusion(network, x, target, 3, 2, grey)
        tensors[f"{target}/occlusion/black/5/4"] = occlusion(network, x, target, 5, 4, black)
    small = torch.arange(15).view(3, 5) ** 2 % 11
    tensors["small"] = small
    tensors["interpolated"] = functional.interpolate(small[None, None].double(), (7, 9), mode="bilinear", align_corners=False)[0, 0]

    path = pathlib.Path(__file__).with_name("explanations.safetensors")
    save_file({name: value.detach().float().contiguous().numpy() for name, value in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tensors)} tensors, top {top}, logits {network(x)[0].tolist()}")


if __name__ == "__main__":
    main()
