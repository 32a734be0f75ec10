"""Runs PyTorch and ONNX Runtime beside `striate bench` on the large networks; started by `networks`, which see."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import Failure, available_threads, processor, striate_bench, warn_if_busy
from networks_report import LARGE, report
from workers import LAYOUTS, Worker

# A layout that is this much slower than the other at first is not measured again.
HOPELESS = 1.1
# Seconds of a step from which on every step counts: the warm-up is then as good as a sample for that choice.
LONG = 3


class Row:
    """One line of a table: a step of one network, by all who can do it."""

    def __init__(self, table: str, network: str, batch: int, precision: str = "fp32"):
        self.table, self.network, self.batch, self.precision = table, network, batch, precision
        self.mode = "train" if table in ("training", "bf16") else "infer"
        # One image is compared with ONNX Runtime alone.
        self.has_pytorch = table != "latency"
        self.has_onnx = self.mode == "infer"

    @property
    def key(self) -> str:
        return f"{self.table} {self.network} {self.batch}"


ROWS = (
    [Row("training", network, 32) for network in LARGE]
    + [Row("inference", network, 32) for network in LARGE]
    + [Row("latency", network, 1) for network in ["lenet5", *LARGE]]
    + [Row("bf16", "resnet18", 16, "bf16"), Row("bf16", "vgg16", 8, "bf16")]
)


def exported(striate: str, network: str, folder: str) -> str:
    """The network as an ONNX file, as `striate export` writes it."""
    model = os.path.join(folder, f"{network}.onnx")
    if not os.path.exists(model):
        run = subprocess.run([striate, "export", network, "--to", model, "--quiet"], capture_output=True, text=True)
        if run.returncode != 0:
            raise Failure(f"striate export {network}: {run.stderr.strip()}")
    return model


def better_layout(row: Row, seconds: float) -> list[tuple[str, Worker]]:
    """PyTorch in both layouts, without one that is clearly slower: what counts is the better one."""
    found = []
    for layout in LAYOUTS:
        worker = Worker(
            "pytorch", network=row.network, mode=row.mode, batch=row.batch, layout=layout, precision=row.precision)
        found.append((worker.warm_up if worker.warm_up > LONG else worker.measure(seconds), layout, worker))
    bound = HOPELESS * min(first for first, _, _ in found)
    for first, _, worker in found:
        if first > bound:
            worker.close()
    return [(layout, worker) for first, layout, worker in found if first <= bound]


def measure(row: Row, striate: str, threads: int, models: str, budget: float, rounds: int, seconds: float) -> dict:
    """All programs in turns, as many rounds as fit into the budget."""
    start = time.perf_counter()
    others = [("onnx", "", Worker("onnx", model=exported(striate, row.network, models), batch=row.batch))] if row.has_onnx else []
    if row.has_pytorch:
        others += [("pytorch", layout, worker) for layout, worker in better_layout(row, seconds)]
    ours, error = [], None
    flags = ["--precision", row.precision] if row.precision != "fp32" else []
    if any(worker.warm_up > LONG for _, _, worker in others):
        flags += ["--steps", "1"]
    for number in range(rounds):
        began = time.perf_counter()
        time.sleep(0.3)  # until the others' threads have stopped spinning
        try:
            if error is None:
                ours.append(striate_bench(striate, row.network, row.mode, row.batch, threads, *flags))
        except Failure as failure:
            error = str(failure)
        for _, _, worker in others:
            worker.measure(seconds)
        now = time.perf_counter()
        if now - start + (now - began) > budget:
            break
    result = {"table": row.table, "network": row.network, "batch": row.batch, "rounds": number + 1, "error": error}
    for kind, layout, worker in others:
        found = {"seconds": statistics.median(worker.samples), "layout": layout, "memory": worker.memory}
        if kind not in result or found["seconds"] < result[kind]["seconds"]:
            result[kind] = found
        worker.close()
    if ours:
        result["striate"] = {
            "seconds": statistics.median(run["ms_per_step"] for run in ours) / 1000, "memory": max(run["peak_memory_bytes"] for run in ours),
            "planned": ours[0]["planned_memory_bytes"], "fraction": statistics.median(run["fraction_of_peak"] for run in ours),
            "peak": statistics.median(run["peak_gflops"] for run in ours)}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--striate", required=True)
    parser.add_argument("--table", action="append", choices=sorted({row.table for row in ROWS}), help="only this one; may be repeated")
    parser.add_argument("--network", action="append", choices=sorted({row.network for row in ROWS}), help="only this one; may be repeated")
    parser.add_argument("--results", type=pathlib.Path, help="a file that keeps the figures from run to run")
    parser.add_argument("--print", action="store_true", help="measure nothing")
    parser.add_argument("--budget", type=float, default=60, help="seconds for a row")
    parser.add_argument("--rounds", type=int, default=3, help="at most, for a row")
    parser.add_argument("--seconds", type=float, default=2.5, help="that each program runs in a round, and at least one step")
    parser.add_argument("--models", help="a folder that keeps the ONNX files")
    arguments = parser.parse_args()
    if arguments.print and not arguments.results:
        parser.error("--print prints the figures of --results FILE")
    kept = json.loads(arguments.results.read_text()) if arguments.results and arguments.results.exists() else {}

    threads = available_threads()
    chosen = [] if arguments.print else [
        row for row in ROWS
        if (not arguments.table or row.table in arguments.table) and (not arguments.network or row.network in arguments.network)]
    with tempfile.TemporaryDirectory() as temporary:
        models = arguments.models or temporary
        os.makedirs(models, exist_ok=True)
        for row in chosen:
            warn_if_busy()
            began = time.perf_counter()
            kept[row.key] = measure(
                row, arguments.striate, threads, models, arguments.budget, arguments.rounds, arguments.seconds)
            print(f"{row.key}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
            if arguments.results:
                arguments.results.write_text(json.dumps(kept, indent=1) + "\n")
    text, missed = report([kept[row.key] for row in ROWS if row.key in kept], f"{processor()}, {threads} threads")
    print(text)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))
