"""What the scripts of this folder share: timing, memory, the machine, and `striate bench`."""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time


def available_threads() -> int:
    """As many as this process may use: inside a container that is not always what the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    brand = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True) if sys.platform == "darwin" else None
    return brand.stdout.strip() if brand and brand.returncode == 0 else platform.processor() or platform.machine()


def step_seconds(step, seconds: float, least: int) -> float:
    """The median time of a step: of as many as fit into so many seconds, and at least some."""
    times, deadline = [], time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(times) < least:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def memory(field: str) -> int:
    """Bytes of this process: `VmRSS` now, `VmHWM` at most. Elsewhere than on Linux the most it ever had."""
    try:
        for line in pathlib.Path("/proc/self/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) << 10
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def warn_if_busy() -> None:
    """Says so where other programs keep the processors from idling: PyTorch's threads, which wait for one another busily, lose most."""
    def ticks() -> tuple[int, int]:
        numbers = [int(word) for word in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        return sum(numbers), numbers[3] + numbers[4]

    try:
        (all_before, idle_before), _ = ticks(), time.sleep(0.5)
        all_after, idle_after = ticks()
    except OSError:
        return
    busy = 1 - (idle_after - idle_before) / max(1, all_after - all_before)
    if busy > 0.1:
        print(f"the machine is not idle: other programs keep {busy:.0%} of it busy", file=sys.stderr, flush=True)


class Failure(Exception):
    """A command that did not end well: what it said last."""


def striate_bench(binary: str, network: str, mode: str, batch: int, threads: int, *flags: str) -> dict:
    """What `striate bench --json` reports."""
    command = [binary, "bench", network, "--mode", mode, "--batch", str(batch), "--threads", str(threads), "--json", *flags]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise Failure(f"{' '.join(command)}: {(run.stderr.strip().splitlines() or ['failed'])[0]}")
    return json.loads(run.stdout)
