"""Writes logits.json and gradients.json into Tests/StriateEngineTests/Fixtures: what PyTorch and torchvision compute, in double precision.

Run by the script `make_fixtures` beside this file. Nothing large is stored: weights and pictures follow from formulas, exactly, on either side.

    hashed(seed)[i]   mix(i + seed * 0x9E3779B9 mod 2^32), mix being the 32-bit finaliser of MurmurHash3
    unit(seed)[i]     ((hashed(seed)[i] >> 8) - 2^23) / 2^23: even in -1 ..< 1
    seed of a tensor  the 64-bit FNV-1a hash of its path, mod 2^31
    h                 unit(seed of the tensor)

    weight of a convolution or linear layer   sqrt(6 / fan-in) * h: keeps the size of what passes through ReLUs
    weight of a batch norm, coefficient       gain * (1 + h / 4)
    running_mean, running_var                 h / 10, 1 + h / 2
    bias                                      h / 10; of a batch norm, shift + h / 10
    pictures                                  blocks of 16 x 16 pixels and noise, [batch, channels, size, size], with B = ceil(size / 16):
                                              unit(1000 d + 1)[((image * channels + channel) * B + row / 16) * B + column / 16]
                                              + unit(1000 d + 3)[((image * channels + channel) * size + row) * size + column]
                                              d, the draw, is 0 for logits
    labels                                    hashed(2) mod classes

Of each tensor t, read row by row, the fixtures hold projections p_k = sum_i t_i * s_k(i), s_k(i) being +1 where hashed(100 + k)[i] is even
and -1 else. Where a difference d has the projections q_k, the mean of q_k^2 estimates the sum of all d_i^2: no element goes unseen.
"""

import json
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

# The wheel for CPUs of some platforms lacks operators (non-maximum suppression and the like) that torchvision registers shapes for;
# classifiers use none of them.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda *arguments, **options: (lambda function: function)
import torchvision  # noqa: E402

torch.library.register_fake = register_fake

from published import AirBench, AlexNet, GoogLeNet2014, LeNet5Of1998, MNISTConvNet, ResNet9, ResNetCIFAR  # noqa: E402

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "StriateEngineTests" / "Fixtures"
PROJECTIONS = 4


def hashed(seed: int, count: int) -> numpy.ndarray:
    h = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    h = (h ^ (h >> 16)) * numpy.uint32(0x85EBCA6B)
    h = (h ^ (h >> 13)) * numpy.uint32(0xC2B2AE35)
    return h ^ (h >> 16)


def unit(seed: int, count: int) -> numpy.ndarray:
    return ((hashed(seed, count) >> 8).astype(numpy.int32) - (1 << 23)).astype(numpy.float32) / numpy.float32(1 << 23)


def seed_of(path: str) -> int:
    h = 0xCBF29CE484222325
    for byte in path.encode():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h & 0x7FFFFFFF


def fill(network: nn.Module, gain: float, shift: float = 0) -> None:
    state = network.state_dict()
    for path, tensor in state.items():
        if path.endswith("num_batches_tracked"):
            continue
        h, name = unit(seed_of(path), tensor.numel()), path.rsplit(".", 1)[-1]
        if tensor.dim() > 1:
            values = numpy.sqrt(numpy.float32(6) / numpy.float32(tensor[0].numel())) * h
        elif name in ("weight", "coefficient"):
            values = numpy.float32(gain) * (1 + numpy.float32(0.25) * h)
        elif name == "running_var":
            values = 1 + numpy.float32(0.5) * h
        else:
            of_batch_norm = name == "bias" and path.removesuffix("bias") + "running_var" in state
            values = numpy.float32(0.1) * h + numpy.float32(shift if of_batch_norm else 0)
        state[path] = torch.from_numpy(values.astype(numpy.float32)).reshape(tensor.shape).to(torch.float64)
    network.load_state_dict(state)


def pictures(batch: int, channels: int, size: int, draw: int = 0) -> torch.Tensor:
    blocks = -(-size // 16)
    coarse = unit(1000 * draw + 1, batch * channels * blocks * blocks).reshape(batch, channels, blocks, blocks)
    coarse = coarse.repeat(16, axis=2).repeat(16, axis=3)[:, :, :size, :size]
    fine = unit(1000 * draw + 3, batch * channels * size * size).reshape(batch, channels, size, size)
    return torch.from_numpy(coarse + fine).to(torch.float64)


def projections(tensor: torch.Tensor) -> list[float]:
    values = tensor.detach().reshape(-1).numpy()
    found = []
    for index in range(PROJECTIONS):
        signs = 1 - 2 * (hashed(100 + index, values.size) & 1).astype(numpy.float64)
        found.append(float(f"{values @ signs:.7g}"))
    return found


# --- The networks: how each is made, the gain of its batch norms, and the side of its pictures.

models = torchvision.models


def made(make, **options):
    return lambda: make(weights=None, **options)


NETWORKS = {
    "lenet5-1998": (LeNet5Of1998, 0.25, (1, 32)),
    "mnist-cnn": (MNISTConvNet, 1, (1, 28)),
    "resnet9": (ResNet9, 0.5, (3, 32)),
    "airbench": (AirBench, 1, (3, 32)),
    "alexnet": (AlexNet, 1, (3, 227)),
    "alexnet-torchvision": (made(models.alexnet), 1, (3, 224)),
    **{f"vgg{depth}{suffix.replace('_', '-')}": (made(getattr(models, f"vgg{depth}{suffix}")), 1, (3, 224))
       for depth in (11, 13, 16, 19) for suffix in ("", "_bn")},
    "googlenet-2014": (GoogLeNet2014, 1, (3, 224)),
    "googlenet": (made(models.googlenet, aux_logits=True, init_weights=False), 1, (3, 224)),
    # Half the gain, so that what blocks add does not double the sum each time.
    **{f"resnet{depth}": (made(getattr(models, f"resnet{depth}")), 0.5, (3, 224)) for depth in (18, 34, 50, 101, 152)},
    **{f"resnet{depth}": (lambda depth=depth: ResNetCIFAR(depth), 0.5, (3, 32)) for depth in (20, 32, 44, 56, 110)},
}

# Small pictures in training mode, dropout 0: gradients of all parameters. Auxiliary losses count 0.3 each.
GRADIENTS = {
    "alexnet-torchvision": dict(shift=0, batch=4, size=127, classes=1000),
    "vgg11-bn": dict(shift=1, batch=4, size=48, classes=1000),
    "googlenet": dict(shift=1, batch=4, size=33, classes=1000),
    "resnet18": dict(shift=1, batch=4, size=33, classes=1000),
    "resnet50": dict(shift=1, batch=4, size=33, classes=1000),
    "alexnet": dict(shift=0, batch=4, size=227, classes=1000),
    "resnet20": dict(shift=1, batch=4, size=32, classes=10),
    "lenet5-1998": dict(shift=0, batch=16, size=32, classes=10),
}

# ReLU and max pooling have corners. Where a value comes so close to one that the last bits decide on which side it lies, gradients differ
# between correct implementations, by percents where pictures are few and small. Pictures are drawn until PyTorch in single and in double
# precision are no further apart than this, relative to each gradient's length; shifted batch norms keep most values off the corner.
DRIFT = 5e-4


def logits() -> list[dict]:
    found = []
    for name, (make, gain, (channels, size)) in NETWORKS.items():
        network = make().double().eval()
        fill(network, gain)
        with torch.no_grad():
            result = network(pictures(3, channels, size))
        largest, spread = result.abs().max().item(), result.std(0).mean().item()
        print(f"{name:20} largest logit {largest:.4g}, from picture to picture {spread / largest:.2g} of it", flush=True)
        step = max(1, result.shape[1] // 20)
        found.append(dict(
            network=name, gain=gain, batch=3, largest=float(f"{largest:.8g}"), step=step,
            samples=[float(f"{x:.7g}") for x in result.reshape(-1)[::step].tolist()], projections=projections(result)))
    return found


def backward(network: nn.Module, run: dict, channels: int, draw: int) -> float:
    """One pass through the network, whose parameters then have gradients; returns the loss."""
    labels = torch.from_numpy((hashed(2, run["batch"]) % run["classes"]).astype(numpy.int64))
    network.zero_grad()
    result = network(pictures(run["batch"], channels, run["size"], draw).to(next(network.parameters()).dtype))
    if isinstance(result, torch.Tensor):
        loss = functional.cross_entropy(result, labels)
    else:
        heads = sum(functional.cross_entropy(head, labels) for head in (result.aux_logits1, result.aux_logits2))
        loss = functional.cross_entropy(result.logits, labels) + 0.3 * heads
    loss.backward()
    return loss.item()


def drift(single: nn.Module, double: nn.Module) -> float:
    """How far the gradients are apart at most, relative to their lengths; those that cancel to nothing, to the largest one's."""
    pairs = [(a.grad.double(), b.grad) for a, b in zip(single.parameters(), double.parameters())]
    floor = 1e-4 * max(b.norm() for _, b in pairs)
    return max(((a - b).norm() / max(b.norm(), floor)).item() for a, b in pairs)


def trained(name: str, dtype: torch.dtype) -> nn.Module:
    make, gain, _ = NETWORKS[name]
    network = make().double().train()
    fill(network, gain, GRADIENTS[name]["shift"])
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0
    return network.to(dtype)


def gradients() -> list[dict]:
    found = []
    for name, run in GRADIENTS.items():
        _, gain, (channels, _) = NETWORKS[name]
        single, double = trained(name, torch.float32), trained(name, torch.float64)
        statistics = {path: tensor.clone() for path, tensor in double.named_buffers() if "running_" in path}
        for draw in range(100):
            double.load_state_dict(statistics, strict=False)
            backward(single, run, channels, draw)
            loss = backward(double, run, channels, draw)
            apart = drift(single, double)
            if apart <= DRIFT:
                break
        tensors = {
            path: dict(norm=float(f"{parameter.grad.norm().item():.7g}"), projections=projections(parameter.grad))
            for path, parameter in double.named_parameters()}
        statistics = {
            path: dict(norm=float(f"{tensor.norm().item():.7g}"), projections=projections(tensor))
            for path, tensor in double.named_buffers() if "running_" in path}
        norms = [tensor["norm"] for tensor in tensors.values()]
        print(f"{name:20} draw {draw}, drift {apart:.1g}, loss {loss:.6g}, norms of gradients {min(norms):.2g} to {max(norms):.2g}", flush=True)
        found.append(dict(
            network=name, gain=gain, **run, draw=draw, drift=float(f"{apart:.2g}"), loss=float(f"{loss:.10g}"), gradients=tensors,
            statistics=statistics))
    return found


def write(name: str, cases: list[dict]) -> None:
    document = dict(torch=torch.__version__.split("+")[0], torchvision=torchvision.__version__.split("+")[0])
    lines = ",\n  ".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = json.dumps(document)[:-1] + f', "cases": [\n  {lines}\n]}}\n'
    (FIXTURES / name).write_text(text)


if __name__ == "__main__":
    torch.manual_seed(0)
    chosen = sys.argv[1:] or ["logits", "gradients"]
    if "logits" in chosen:
        write("logits.json", logits())
    if "gradients" in chosen:
        write("gradients.json", gradients())
