"""Runs PyTorch beside `striate bench` in turns and prints a table; started by `compare`, which see."""

import argparse
import io
import statistics
import sys
import time
import warnings

import torch
from torch import nn

from measuring import Failure, available_threads, processor, step_seconds, striate_bench


def lenet5() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Sigmoid(), nn.Flatten(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))


def lenet5_d2l() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10))


def cifar_cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10))


NETWORKS = {"lenet5": (lenet5, (1, 32, 32)), "lenet5-d2l": (lenet5_d2l, (1, 28, 28)), "cifar-cnn": (cifar_cnn, (3, 32, 32))}

# Network, mode, batch, and how many times PyTorch's speed is wanted.
ROWS = [
    ("lenet5", "train", 64, 6.0),
    ("lenet5-d2l", "train", 256, 4.0),
    ("cifar-cnn", "train", 64, 1.5),
    ("lenet5", "infer", 64, 5.0),
]


FUSED = ", fused optimiser"


def pytorch_steps(network: str, mode: str, batch: int) -> dict:
    """PyTorch's step in each of its layouts, of which the faster one counts; in training also with the fused optimiser that
    newer versions offer on request, for a column of its own."""
    make, shape = NETWORKS[network]
    steps = {}
    for layout, name in ((torch.contiguous_format, "contiguous"), (torch.channels_last, "channels last")):
        for fused in (False, True) if mode == "train" else (False,):
            torch.manual_seed(1)
            model = make().to(memory_format=layout)
            x = torch.rand(batch, *shape).to(memory_format=layout)
            labels = torch.randint(0, 10, (batch,))
            if mode == "infer":
                model.eval()

                def step(model=model, x=x):
                    with torch.inference_mode():
                        model(x)
            else:
                optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=fused)

                def step(model=model, x=x, labels=labels, optimizer=optimizer):
                    optimizer.zero_grad(set_to_none=True)
                    nn.functional.cross_entropy(model(x), labels).backward()
                    optimizer.step()
            steps[name + FUSED if fused else name] = step
    return steps


def onnx_step(network: str, batch: int):
    """ONNX Runtime on the same module, or None where it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    make, shape = NETWORKS[network]
    buffer, x = io.BytesIO(), torch.rand(batch, *shape)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    try:
        torch.onnx.export(make().eval(), (x,), buffer, input_names=["x"], dynamo=False)
    except Exception as error:
        print(f"without ONNX Runtime, as the export failed: {error}", file=sys.stderr)
        return None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = available_threads()
    session = onnxruntime.InferenceSession(buffer.getvalue(), options, providers=["CPUExecutionProvider"])
    feed = {"x": x.numpy()}
    return lambda: session.run(None, feed)


def median_seconds(step, seconds: float) -> float:
    """The median time of a step, after warming up for a quarter of the time."""
    step_seconds(step, seconds / 4, least=1)
    return step_seconds(step, seconds, least=5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--striate", help="the striate executable; without it only the others run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="that PyTorch's variants run, each, in a round")
    arguments = parser.parse_args()
    threads = available_threads()
    torch.set_num_threads(threads)

    print(f"{processor()}, {threads} threads; PyTorch {torch.__version__.split('+')[0]}; images/s, median of {arguments.rounds} rounds in turns\n")
    print("| step | batch | PyTorch | its better layout | with fused optimiser | ONNX Runtime | Striate | of peak | ratio | target | |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |", flush=True)
    missed = 0
    for network, mode, batch, target in ROWS:
        variants = pytorch_steps(network, mode, batch)
        onnx = onnx_step(network, batch) if mode == "infer" else None
        speeds, ours, theirs, fractions = {name: [] for name in variants}, [], [], []
        for _ in range(arguments.rounds):
            for name, step in variants.items():
                speeds[name].append(batch / median_seconds(step, arguments.seconds / len(variants)))
            if onnx:
                theirs.append(batch / median_seconds(onnx, arguments.seconds / 2))
            time.sleep(0.3)  # until PyTorch's threads have stopped spinning
            if arguments.striate:
                result = striate_bench(arguments.striate, network, mode, batch, threads)
                ours.append(result["images_per_second"])
                fractions.append(result["fraction_of_peak"])
        medians = {name: statistics.median(times) for name, times in speeds.items()}
        best = max((name for name in medians if FUSED not in name), key=medians.get)
        pytorch, fused = medians[best], max((speed for name, speed in medians.items() if FUSED in name), default=None)
        row = [f"{network} {'training' if mode == 'train' else 'inference'}", str(batch), f"{pytorch:,.0f}", best,
               f"{fused:,.0f}" if fused else "", f"{statistics.median(theirs):,.0f}" if theirs else ""]
        if ours:
            ratio = statistics.median(ours) / pytorch
            missed += ratio < target
            row += [f"{statistics.median(ours):,.0f}", f"{statistics.median(fractions):.0%}", f"{ratio:.1f}×", f"≥ {target:g}×",
                    "pass" if ratio >= target else "**miss**"]
        else:
            row += ["", "", "", f"≥ {target:g}×", ""]
        print(f"| {' | '.join(row)} |", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))
