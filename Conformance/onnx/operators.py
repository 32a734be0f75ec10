"""Runs the cases of onnx.backend.test through `striate run` and tells which pass, which are refused and why."""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

import pages

warnings.filterwarnings("ignore")


@dataclass
class Case:
    suite: str
    name: str
    model: onnx.ModelProto
    inputs: list
    outputs: list
    rtol: float
    atol: float

    @property
    def operators(self):
        return sorted({node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in self.model.graph.node})

    @property
    def operator(self):
        """What the case is about: the only operator, or else the one that the case is named after."""
        if len(self.operators) == 1:
            return self.operators[0]
        words = self.name.removeprefix("test_").lower().replace("_", "")
        named = [name for name in self.operators if words.startswith(name.lower())]
        return max(named, key=len) if named else "several operators"


def node_cases():
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        for inputs, outputs in case.data_sets:
            yield Case("node", case.name, case.model, [plain(value) for value in inputs], [plain(value) for value in outputs], case.rtol, case.atol)


def folder_cases(data):
    for suite in ("simple", "pytorch-operator", "pytorch-converted"):
        for folder in sorted((data / suite).iterdir()):
            if not (folder / "model.onnx").exists():
                continue
            model = onnx.load(folder / "model.onnx")
            for values in sorted(folder.glob("test_data_set_*")):
                try:
                    inputs, outputs = ([tensor(path) for path in numbered(values, kind)] for kind in ("input", "output"))
                except Exception:
                    inputs, outputs = [None], [None]  # Not tensors: sequences and the like.
                yield Case(suite, folder.name, model, inputs, outputs, 1e-3, 1e-7)


def network_cases(data):
    """Published classifiers with made-up weights; the suite brings what ONNX's reference evaluator makes of made-up pictures."""
    from onnx.backend.test.runner import Runner

    for path in sorted((data / "light").glob("light_*.onnx")):
        model = onnx.load(path)
        known = {tensor.name for tensor in model.graph.initializer}
        inputs = [
            Runner.generate_dummy_data(value, seed=0, name=path.stem, random=False)
            for value in model.graph.input
            if value.name not in known
        ]
        outputs = [tensor(output) for output in numbered(data / "light", f"{path.stem}_output")]
        settings = json.loads((data / "real" / path.stem.replace("light", "test") / "data.json").read_text())
        yield Case("light", path.stem, model, inputs, outputs, settings.get("rtol", 1e-3), settings.get("atol", 1e-7))


def tensor(path):
    return numpy_helper.to_array(onnx.load_tensor(str(path)))


def numbered(folder, kind):
    return sorted(folder.glob(f"{kind}_*.pb"), key=lambda path: int(re.search(r"(\d+)\.pb$", path.name).group(1)))


NUMBERS = {"float32", "float16", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}


def plain(value):
    """A number or a message of the suite as an array; anything else as it is."""
    if isinstance(value, onnx.TensorProto) and value.data_type not in (0, onnx.TensorProto.STRING):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, (np.generic, float, int)) else value


def is_plain(value):
    return isinstance(value, np.ndarray) and value.dtype.name in NUMBERS


def run(case, striate):
    """(verdict, reason): `passes`, `refused`, `differs` or `broke down`."""
    if not all(is_plain(value) for value in case.inputs + case.outputs):
        return "refused", "strings, sequences, complex or packed numbers"
    names = [value.name for value in case.model.graph.input]
    known = {value.name for value in case.model.graph.initializer}
    free = names if len(case.inputs) == len(names) else [name for name in names if name not in known]
    with tempfile.TemporaryDirectory() as folder:
        model, given, made = (os.path.join(folder, name) for name in ("model.onnx", "in.safetensors", "out.safetensors"))
        onnx.save(case.model, model)
        inputs = {}
        for name, value in zip(free, case.inputs):
            value = value.astype(np.float32) if value.dtype.name == "bfloat16" else value
            inputs[name] = np.ascontiguousarray(value).reshape(value.shape)
        save_file(inputs, given)
        done = subprocess.run(
            [striate, "run", model, "--input", given, "--output", made, "--quiet"], capture_output=True, text=True, timeout=600
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines()
            if done.returncode != 1 or len(lines) != 1:
                return "broke down", f"exit code {done.returncode}: {done.stderr[-300:]}"
            return "refused", lines[0].removeprefix("striate: ").removeprefix(f"{model}: ")
        results = load_file(made)
    for value, expected in zip(case.model.graph.output, case.outputs):
        found = results.get(value.name)
        if found is None or found.shape != expected.shape:
            return "differs", f"{value.name}: shape {None if found is None else found.shape}, expected {expected.shape}"
        # Striate computes in 32-bit floats; narrower types are compared as such.
        rtol = {"float16": 1e-2, "bfloat16": 2e-2}.get(expected.dtype.name, case.rtol)
        wanted = expected.astype(np.float32)
        if not np.allclose(found, wanted, rtol=rtol, atol=case.atol, equal_nan=True):
            with np.errstate(all="ignore"):
                return "differs", f"{value.name}: by up to {np.nanmax(np.abs(found - wanted))}"
    return "passes", ""


def shortened(reason):
    """A refusal without the names that differ from case to case."""
    reason = re.sub(r"^node .*? \((\w+)\): ", "", reason)
    return re.sub(r"\d+(×\d+)+", "…", reason)


def report(results):
    lines = ["| cases | pass | refused | differ |", "| --- | ---: | ---: | ---: |"]
    suites = collections.defaultdict(collections.Counter)
    for case, verdict, _ in results:
        suites[case.suite][verdict] += 1
    titles = {
        "node": "operators (`node`)", "simple": "small graphs (`simple`)", "pytorch-operator": "graphs of PyTorch's operators",
        "pytorch-converted": "layers exported by PyTorch", "light": "published networks (`light`)",
    }
    for suite, title in titles.items():
        counts = suites[suite]
        lines.append(f"| {title}, {counts.total()} | {counts['passes']} | {counts['refused']} | {counts['differs'] + counts['broke down']} |")

    groups, unsupported = collections.defaultdict(list), collections.Counter()
    for case, verdict, reason in results:
        match = re.search(r"\((\S+)\): (the operator is not supported|operators of the domain)", reason)
        if match:
            unsupported[match.group(1)] += 1
        elif case.suite in ("node", "simple"):
            groups[case.operator].append((verdict, reason))
    # An operator of which no case passes is not imported in any sense that matters.
    for operator in [name for name, verdicts in groups.items() if not any(verdict == "passes" for verdict, _ in verdicts)]:
        unsupported[operator] += len(groups.pop(operator))
    lines += ["", "Operators that are imported, with the cases of `node` and `simple`:", "", "| operator | cases | pass | what is refused, and why |", "| --- | ---: | ---: | --- |"]
    for operator in sorted(groups, key=str.lower):
        verdicts = groups[operator]
        reasons = collections.Counter(shortened(reason) for verdict, reason in verdicts if verdict != "passes")
        why = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common(4)).replace("|", "\\|")
        passed = sum(verdict == "passes" for verdict, _ in verdicts)
        lines.append(f"| {operator} | {len(verdicts)} | {passed} | {why} |")
    names = ", ".join(f"{name} ({count})" for name, count in sorted(unsupported.items(), key=lambda item: item[0].lower()))
    lines += ["", f"Not imported, because classifiers do not need them, with the number of cases that they stop: {names}."]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--striate", required=True)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    data = Path(onnx.__file__).parent / "backend" / "test" / "data"
    cases = [case for source in (node_cases(), folder_cases(data), network_cases(data)) for case in source if options.only in case.name]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(lambda case: run(case, options.striate), cases))
    results = [(case, *verdict) for case, verdict in zip(cases, verdicts)]
    bad = [result for result in results if result[1] in ("differs", "broke down")]
    for case, verdict, reason in results:
        if options.only or verdict in ("differs", "broke down"):
            print(f"{case.suite}/{case.name}: {verdict} {reason}", file=sys.stderr)
    text = report(results)
    if options.write:
        pages.replace("operators", text)
    else:
        print(text)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
