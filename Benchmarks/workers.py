"""Other programs' steps, each in a process of its own, so that its memory is its own: PyTorch and ONNX Runtime.

A worker prepares a step, warms up, and says so; then it measures whenever it is told to, and waits without work between.
"""

import json
import pathlib
import subprocess
import sys

from measuring import Failure, available_threads, memory, step_seconds

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent / "Conformance" / "networks"
LAYOUTS = ["contiguous", "channels last"]


class Worker:
    """A worker seen from outside."""

    def __init__(self, kind: str, **task):
        self.process = subprocess.Popen(
            [sys.executable, __file__, kind, json.dumps(task)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.samples: list[float] = []
        self.memory = 0
        self.warm_up = self.answer()["seconds"]

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{' '.join(self.process.args[2:])} ended with {self.process.wait()}")
        return json.loads(line)

    def measure(self, seconds: float) -> float:
        """Takes one more sample: the median time of a step."""
        print(seconds, file=self.process.stdin, flush=True)
        answer = self.answer()
        self.samples.append(answer["seconds"])
        self.memory = answer["memory"]
        return answer["seconds"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


# --- Inside a worker: each makes a step, and says how much memory the process had before it began.


def pytorch_step(network: str, mode: str, batch: int, layout: str, precision: str):
    """A step of training (SGD with momentum, cross entropy, auxiliary heads by 0.3) or inference."""
    sys.path.insert(0, str(CONFORMANCE))
    import torch
    from make_fixtures import NETWORKS
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(available_threads())
    torch.set_default_dtype(torch.float32)
    before = memory("VmRSS")
    make, _, (channels, side) = NETWORKS[network]
    order = torch.channels_last if layout == "channels last" else torch.contiguous_format
    torch.manual_seed(1)
    model = make().to(memory_format=order)
    x = torch.rand(batch, channels, side, side).to(memory_format=order)
    labels = torch.randint(0, 10, (batch,))
    cast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")
    if mode == "infer":
        model.eval()

        def step():
            with torch.inference_mode(), cast:
                model(x)

        return step, before
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6, momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with cast:
            answer = model(x)
            # With auxiliary heads the answer is a tuple, the network's own logits first.
            first, *auxiliaries = (answer,) if torch.is_tensor(answer) else answer
            loss = cross_entropy(first, labels) + sum(0.3 * cross_entropy(logits, labels) for logits in auxiliaries)
        loss.backward()
        optimizer.step()

    return step, before


def onnx_step(model: str, batch: int):
    import numpy
    import onnxruntime

    before = memory("VmRSS")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = available_threads()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (port,) = session.get_inputs()
    x = numpy.random.default_rng(1).random((batch, *port.shape[1:]), numpy.float32)
    return lambda: session.run(None, {port.name: x}), before


def serve() -> None:
    kind, task = sys.argv[1], json.loads(sys.argv[2])
    step, before = {"pytorch": pytorch_step, "onnx": onnx_step}[kind](**task)
    print(json.dumps({"seconds": step_seconds(step, 0.5, least=1)}), flush=True)
    for line in sys.stdin:
        # What has waited is cold, and the system may have taken some of its memory away: the first step does not count.
        step()
        # The libraries themselves, some hundreds of megabytes, are nobody's need.
        print(json.dumps({"seconds": step_seconds(step, float(line), least=1), "memory": memory("VmHWM") - before}), flush=True)


if __name__ == "__main__":
    serve()
