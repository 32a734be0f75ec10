"""Trains resnet9 on CIFAR-10 with PyTorch, by the recipe that `striate train --recipe resnet9/cifar10` follows, on the same JPEG files.

Pictures are decoded once; crops, flips and erased squares are made for a whole batch at once, which costs PyTorch next to nothing.
Prints a line for each epoch and at last the accuracy on the test pictures and the seconds, decoding and testing included.
"""

import argparse
import io
import math
import os
import pathlib
import sys
import tarfile
import time

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from measuring import available_threads, warn_if_busy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Conformance" / "networks"))
from published import ResNet9  # noqa: E402

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def network(width: int) -> nn.Module:
    made = ResNet9(width=width)
    for module in made.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return made.to(memory_format=torch.channels_last)


def read(path: str) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Both parts as bytes and labels; classes in the order of their names."""
    parts: dict[str, list[tuple[str, numpy.ndarray]]] = {"train": [], "test": []}
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                part, name, _ = member.name.split("/")[-3:]
                picture = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
                parts[part].append((name, numpy.asarray(picture)))
    classes = sorted({name for name, _ in parts["train"]})
    return {
        part: (torch.from_numpy(numpy.stack([pixels for _, pixels in samples])).permute(0, 3, 1, 2).contiguous(),
               torch.tensor([classes.index(name) for name, _ in samples]))
        for part, samples in parts.items()}


def normalized(pixels: torch.Tensor) -> torch.Tensor:
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) * 255 for values in (MEAN, DEVIATION))
    return (pixels.float() - mean) / deviation


def augmented(images: torch.Tensor, erased: int) -> torch.Tensor:
    """Each image cut from itself with four reflected pixels around it, every second one mirrored, a square of grey in it."""
    count, _, rows, columns = images.shape
    padded = F.pad(images, (4, 4, 4, 4), mode="reflect")
    top, left = torch.randint(0, 9, (count, 1)), torch.randint(0, 9, (count, 1))
    across = torch.arange(columns).expand(count, -1)
    across = torch.where(torch.rand(count, 1) < 0.5, columns - 1 - across, across)
    down = torch.arange(rows) + top
    image = torch.arange(count).view(-1, 1, 1)
    images = padded[image, :, down[:, :, None], (across + left)[:, None, :]].permute(0, 3, 1, 2)
    if erased:
        top, left = torch.randint(0, rows - erased + 1, (count, 1)), torch.randint(0, columns - erased + 1, (count, 1))
        inside = [(torch.arange(extent) >= start) & (torch.arange(extent) < start + erased) for extent, start in ((rows, top), (columns, left))]
        images = images.masked_fill((inside[0][:, :, None] & inside[1][:, None, :])[:, None], 0)
    return images


def rate(progress: float, peak: float, warm_up: float) -> float:
    """Up in half a cosine wave and down in another, as PyTorch's OneCycleLR."""
    def between(start: float, end: float, share: float) -> float:
        return end + (start - end) * (1 + math.cos(math.pi * share)) / 2

    if progress < warm_up:
        return between(peak / 25, peak, progress / warm_up)
    return between(peak, peak / 25e4, (progress - warm_up) / (1 - warm_up))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("STRIATE_DATA", "../shared/data"), help="the folder that holds cifar10/")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--warm-up", type=float, default=0.3)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--erase", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-steps", type=int, help="stop an epoch after so many steps, to measure the speed alone")
    options = parser.parse_args()
    warn_if_busy()
    torch.manual_seed(options.seed)
    torch.set_num_threads(available_threads())
    begin = time.perf_counter()
    data = read(str(pathlib.Path(options.data) / "cifar10" / "cifar10-jpeg.tar.gz"))
    images, labels = normalized(data["train"][0]), data["train"][1]
    model = network(options.width)
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0}],
        lr=0, momentum=0.9, nesterov=True, fused=True)
    steps = (len(labels) + options.batch - 1) // options.batch
    for epoch in range(options.epochs):
        model.train()
        start, loss_sum, seen = time.perf_counter(), 0.0, 0
        for step, rows in enumerate(torch.randperm(len(labels)).split(options.batch)):
            for group in optimizer.param_groups:
                group["lr"] = rate((epoch * steps + step) / (options.epochs * steps), options.rate, options.warm_up)
            batch = augmented(images[rows], options.erase).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(batch), labels[rows], label_smoothing=options.smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum, seen = loss_sum + loss.item() * len(rows), seen + len(rows)
            if step + 1 == options.limit_steps:
                break
        seconds = time.perf_counter() - start
        model.eval()
        with torch.inference_mode():
            answers = torch.cat([model(normalized(part).contiguous(memory_format=torch.channels_last)).argmax(1) for part in data["test"][0].split(500)])
        accuracy = (answers == data["test"][1]).float().mean().item()
        print(f"epoch {epoch + 1}/{options.epochs}  loss {loss_sum / seen:.4f}  test accuracy {accuracy:.2%}  {seen / seconds:.0f} images/s", flush=True)
    print(f"test accuracy {accuracy:.2%} in {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
