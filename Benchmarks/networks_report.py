"""The tables that `networks` prints, and what they are measured by."""

LARGE = ["alexnet", "vgg16", "googlenet", "resnet18", "resnet50"]

# Striate's speed, in times of the others' best, at least.
TRAINING = {"alexnet": 1.3, "googlenet": 1.3, "resnet18": 1.7, "resnet50": 1.7, "vgg16": 2}
INFERENCE = {**{network: 1.05 for network in LARGE}, "resnet18": 1.6, "vgg16": 1.8}
BFLOAT16 = {"resnet18": 1, "vgg16": 1}
# Its time for one image, in times of ONNX Runtime's, at most; and in microseconds.
LATENCY = {"resnet50": 1.1, "googlenet": 1.1}
MICROSECONDS = {"lenet5": 30}
# Its peak memory in training, in times of PyTorch's, at most.
MEMORY = 1


def table(titles: list[tuple[str, bool]], rows: list[list[str]]) -> str:
    """Markdown. With each title goes whether its column holds numbers."""
    lines = [" | ".join(title for title, _ in titles), " | ".join("---:" if is_number else "---" for _, is_number in titles)]
    return "\n".join(f"| {line} |" for line in lines + [" | ".join(row) for row in rows])


def rate(result: dict, who: str) -> float | None:
    return result["batch"] / result[who]["seconds"] if who in result else None


def number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def milliseconds(result: dict, who: str) -> str:
    if who not in result:
        return ""
    value = result[who]["seconds"] * 1000
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"


def mebibytes(result: dict, who: str) -> str:
    return f"{result[who]['memory'] / 2**20:,.0f}" if who in result else ""


def times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}×"


def against(result: dict, *others: str) -> float | None:
    """Striate's speed in times of the best of these."""
    rates = [found for who in others if (found := rate(result, who))]
    ours = rate(result, "striate")
    return ours / max(rates) if ours and rates else None


def share(result: dict) -> str:
    return f"{result['striate']['fraction']:.0%}" if "striate" in result else ""


class Targets:
    """What the figures must show, and whether they do."""

    def __init__(self):
        self.lines: list[str] = []
        self.missed = 0

    def check(self, goal: int, what: str, found: float | None, bound: float, text, at_least: bool, error: str | None = None) -> None:
        if found is None:
            is_met, said = False, "not measured" + (f" ({error})" if error else "")
        else:
            is_met, said = (found >= bound if at_least else found <= bound), text(found)
        self.missed += not is_met
        self.lines.append(
            f"* {goal}. {what}: {said}, {'at least' if at_least else 'at most'} {text(bound)}: {'met' if is_met else '**missed**'}")


def speed_table(results: list[dict], others: list[tuple[str, str]]) -> str:
    """Images per second, and memory in training."""
    has_layout, trains = any(who == "pytorch" for who, _ in others), results[0]["table"] in ("training", "bf16")
    titles = [("network", False), ("batch", True)] + [(name, True) for _, name in others]
    titles += [("PyTorch's better layout", False)] if has_layout else []
    titles += [("Striate", True), ("of peak", True), ("ratio", True)]
    titles += [("PyTorch, MiB", True), ("Striate, MiB", True)] if trains else [("Striate, MiB", True)]
    rows = []
    for result in results:
        row = [result["network"], str(result["batch"])] + [number(rate(result, who)) for who, _ in others]
        row += [result.get("pytorch", {}).get("layout", "")] if has_layout else []
        row += [number(rate(result, "striate")), share(result), times(against(result, *(who for who, _ in others)))]
        rows.append(row + [mebibytes(result, who) for who in (["pytorch"] if trains else []) + ["striate"]])
    return table(titles, rows)


def latency_table(results: list[dict]) -> str:
    titles = [("network", False), ("ONNX Runtime, ms", True), ("Striate, ms", True), ("of peak", True), ("ratio of times", True)]
    return table(titles, [
        [result["network"], milliseconds(result, "onnx"), milliseconds(result, "striate"), share(result),
         times(result["striate"]["seconds"] / result["onnx"]["seconds"] if "striate" in result and "onnx" in result else None)]
        for result in results])


def report(results: list[dict], machine: str) -> tuple[str, int]:
    """The text, and how many targets are missed among those that were measured."""
    by_table = {}
    for result in results:
        by_table.setdefault(result["table"], []).append(result)
    targets, parts = Targets(), []
    peaks = [result["striate"]["peak"] for result in results if "striate" in result]
    parts.append(f"{machine}" + (f"; measured peak {max(peaks):,.0f} GFLOP/s in fp32" if peaks else "") + ". Images per second, medians in turns.")

    pytorch, onnx = ("pytorch", "PyTorch"), ("onnx", "ONNX Runtime")
    if found := by_table.get("training"):
        parts += ["Training, fp32; memory is a process's most, PyTorch's without its libraries:", speed_table(found, [pytorch])]
        for result in found:
            targets.check(
                1, f"fp32 training, {result['network']}", against(result, "pytorch"), TRAINING[result["network"]], times, True,
                result["error"])
    if found := by_table.get("inference"):
        parts += ["Inference, fp32:", speed_table(found, [pytorch, onnx])]
        for result in found:
            targets.check(
                2, f"fp32 inference, {result['network']}", against(result, "pytorch", "onnx"), INFERENCE[result["network"]], times, True,
                result["error"])
    if found := by_table.get("latency"):
        parts += ["One image, fp32:", latency_table(found)]
        for result in found:
            name, ratio = result["network"], against(result, "onnx")
            if name in LATENCY:
                targets.check(3, f"one image, {name}", ratio and 1 / ratio, LATENCY[name], times, False, result["error"])
            if name in MICROSECONDS:
                taken = result["striate"]["seconds"] * 1e6 if "striate" in result else None
                targets.check(
                    3, f"one image, {name}", taken, MICROSECONDS[name], lambda value: f"{value:.0f} µs", False, result["error"])
    if found := by_table.get("bf16"):
        parts += ["Training, bfloat16 (PyTorch's autocast):", speed_table(found, [pytorch])]
        for result in found:
            targets.check(
                4, f"bf16 training, {result['network']}", against(result, "pytorch"), BFLOAT16[result["network"]], times, True,
                result["error"])
    for result in by_table.get("training", []):
        has_both = "striate" in result and "pytorch" in result
        ratio = result["striate"]["memory"] / result["pytorch"]["memory"] if has_both else None
        targets.check(5, f"memory of a training step, {result['network']}", ratio, MEMORY, times, False, result["error"])
    return "\n\n".join(parts + (["\n".join(targets.lines)] if targets.lines else [])), targets.missed
