#!/usr/bin/env python3
"""What int8 costs in accuracy: the files of Kerf's, onnxruntime's and NNCF's quantizer, calibrated on the same images, by the same measure.

    accuracy_int8.py [--only NAME] [--quick] [--fresh] [--json results/accuracy-int8.json]

Every file is an ONNX file and runs in onnxruntime; the measure is $KERF_DATA/check.py's (top-1 in percent, PSNR in dB). Writes the results as JSON
and as Markdown beside it. A network's bar: Kerf's loss is at most 0.5 points (0.1 dB) and no more than that of the best other quantizer.
Needs KERF_DATA. --quick uses a part of the data and writes nothing.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import files
import quantizers
import works
from tables import rows

HERE = pathlib.Path(__file__).resolve().parent
QUANTIZERS = {"onnxruntime-minmax": "onnxruntime, extremes", "onnxruntime-percentile": "onnxruntime, percentile", "nncf-onnx": "NNCF"}
LOSS = {"%": 0.5, "dB": 0.1}
# A loss within this of another's is the same: the last digit printed.
SAME = 5e-4
FIGURE = re.compile(r"^(?P<network>\S+)\s+(?P<measure>.*?(?P<unit>%|dB).*?)\s+(?P<value>[\d.]+)\s+reference\s", re.M)


def measured(network, model, quick):
    """Measure → value, as check.py prints them."""
    command = [sys.executable, str(pathlib.Path(os.environ["KERF_DATA"]) / "check.py"), network, "--model", str(model)]
    run = subprocess.run([*command, *(["--quick"] if quick else [])], capture_output=True, text=True)
    found = {m["measure"]: float(m["value"]) for m in FIGURE.finditer(run.stdout)}
    if run.returncode or not found:
        raise quantizers.NotQuantized(f"check.py {network}: exit {run.returncode}: {(run.stderr or run.stdout).strip()[-300:]}")
    return found


def unit(measure):
    return "dB" if "dB" in measure else "%"


def digits(measure):
    return 3 if unit(measure) == "dB" else 2


def verdict(values, measure):
    """`met`, or what is missed: the loss allowed or the best other quantizer. Who gains by the noise of rounding loses nothing."""
    losses = {name: max(0, values["float"][measure] - v[measure]) for name, v in values.items() if name != "float" and measure in v}
    others = [loss for name, loss in losses.items() if name != "kerf"]
    missed = []
    if losses["kerf"] > LOSS[unit(measure)] + SAME:
        missed.append(f"loss above {LOSS[unit(measure)]} {unit(measure)}")
    if others and losses["kerf"] > min(others) + SAME:
        missed.append(f"another loses {losses['kerf'] - min(others):.{digits(measure)}f} less")
    return "missed: " + ", ".join(missed) if missed else "met"


def markdown(results):
    head = ["network", "measure", "float", "Kerf", *QUANTIZERS.values(), "Kerf's loss", "bar"]
    body = []
    for network, entry in results["networks"].items():
        values = entry["values"]
        for measure in values["float"]:
            places = digits(measure)
            text = lambda name: f"{values[name][measure]:.{places}f}" if name in values else "–"
            judged = ("kerf" in values)
            body.append([network, measure, text("float"), f"**{text('kerf')}**", *[text(name) for name in QUANTIZERS],
                         f"{values['float'][measure] - values['kerf'][measure]:.{places}f}" if judged else "–",
                         verdict(values, measure) if judged else "–"])
    failed = [f"- {network}, {name}: {reason}" for network, entry in results["networks"].items() for name, reason in entry["failed"].items()]
    table = rows(head, body)
    note = ("Written by `accuracy_int8.py`: dense int8, every quantizer calibrated on the same images, every file run by onnxruntime, accuracy by "
            "`check.py` of the data.\n")
    return f"# Accuracy in int8\n\n{note}\n{table}" + ("\nFailed:\n\n" + "\n".join(failed) + "\n" if failed else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="measure again what is finished")
    parser.add_argument("--json", type=pathlib.Path, default=HERE / "results" / "accuracy-int8.json")
    parser.add_argument("--kerf", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "kerf")
    parser.add_argument("--quantize-options", type=shlex.split, default=[], help="more options for kerf quantize, one text")
    parser.add_argument("--scratch", type=pathlib.Path, default=HERE / ".work")
    given = parser.parse_args()
    if works.models_folder() is None:
        print("left out: accuracy in int8 (KERF_DATA is not set)")
        return 0
    given.build = hashlib.sha256(given.kerf.read_bytes() + repr(given.quantize_options).encode()).hexdigest()[:16]
    results = json.loads(given.json.read_text()) if given.json.exists() else {"networks": {}}
    for work in works.selected(["networks-int8"], given.only):
        network = work.network
        entry = results["networks"].get(network, {"values": {}, "failed": {}})
        if given.fresh or given.quick:
            entry = {"values": {}, "failed": {}}
        if entry.get("build") != given.build:
            entry["values"].pop("kerf", None)
        entry |= {"build": given.build, "failed": {}}
        makers = {"float": lambda: work.path(given.scratch)}
        for tool in QUANTIZERS:
            makers[tool] = lambda tool=tool: quantizers.made(tool, work.path(given.scratch), given.scratch / "int8", network=network)
        makers["kerf"] = lambda: files.kerf_file(work, given)
        for name, make in makers.items():
            if name in entry["values"]:
                continue
            try:
                entry["values"][name] = measured(network, make(), given.quick)
            except (quantizers.NotQuantized, files.candidate.CandidateFailed) as reason:
                entry["failed"][name] = str(reason)
        results["networks"][network] = entry
        for measure in entry["values"]["float"]:
            told = "  ".join(f"{name} {values[measure]:.3f}" for name, values in entry["values"].items())
            print(f"{network:32} {measure:26} {told}  {verdict(entry['values'], measure) if 'kerf' in entry['values'] else ''}", flush=True)
        for name, reason in entry["failed"].items():
            print(f"  {name} failed: {reason}")
        if not given.quick:
            given.json.parent.mkdir(parents=True, exist_ok=True)
            given.json.write_text(json.dumps(results, indent=1) + "\n")
            given.json.with_suffix(".md").write_text(markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
