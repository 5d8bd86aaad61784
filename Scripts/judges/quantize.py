#!/usr/bin/env python3
"""Judges the files that `kerf quantize` writes: valid ONNX, run by onnxruntime on integers, and the same there as in Kerf.

Each network is quantized on its card's calibration images. Outputs are compared as in quantized_files.py, by Kerf's engine and by its plain
reference; accuracy by `kerf eval` and by onnxruntime on the same files of KERF_DATA, as the change from the float network: 0.1 point, 0.02 dB.

usage: quantize.py [--kerf PATH] [--keep DIR] [NAME ...]
"""
import argparse
import collections
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnxruntime

import quantized_files

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NETWORKS = {  # name: (card, calibration images, validation images, extents, split, metric, tolerance)
    "mnist_lenet": ("mnist", 64, 500, (4, 28, 28), "test", "top-1", 0.1),
    "cifar10_resnet20": ("cifar10", 64, 300, (4, 32, 32), "test", "top-1", 0.1),
    "dn_dncnn_s25": ("dncnn_s25", 8, 6, (1, 40, 33), "test", "psnr", 0.02),
}


def run(command):
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))}\n{ran.stderr}")
    return ran.stdout


def accuracy(kerf, model, card, split, metric):
    figures = json.loads(run([kerf, "eval", model, "--data", ROOT / "Cards" / f"{card}.yaml", "--split", split, "--json"]))["metrics"]
    return next(figure["value"] for figure in figures if figure["metric"] == metric)


def elsewhere(check, name, model):
    """The same figure by onnxruntime: the first of the data folder's own check."""
    return next(iter(check.ITEMS[name][1](check.session(str(model), 1), False).values()))


def convolutions(path, folder):
    """How many convolutions onnxruntime computes on integers, and how many there are."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    counts = collections.Counter(node.op_type for node in onnx.load(folder / "optimized.onnx").graph.node)
    return counts["QLinearConv"], sum(count for op, count in counts.items() if op.endswith("Conv"))


def judge(kerf, data, check, name, folder):
    card, calibration, validation, extents, split, metric, tolerance = NETWORKS[name]
    source, out = data / "models" / f"{name}.onnx", folder / f"{name}.onnx"
    result = json.loads(run([kerf, "quantize", source, "-o", out, "--data", ROOT / "Cards" / f"{card}.yaml", "--calibration", calibration,
                             "--validation", validation, "--test", 12, "--json"]))
    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    problems = []
    integers, all_of_them = convolutions(out, folder)
    wanted = sum(layer["precision"] != "float32" and layer["op"] == "Conv" for layer in result["layers"])
    # A float layer's result is real, so onnxruntime may compute a neighbour in float too; never more than one a float layer.
    if integers < wanted - (all_of_them - wanted):
        problems.append(f"onnxruntime computes {integers} of {wanted} quantized convolutions on integers")
    channels = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    shape = (extents[0], channels, *extents[1:])
    own = 0.0
    for extra in (["--threads", "2"], ["--reference"]):
        share, own, most, problem = quantized_files.judge(kerf, out, shape, folder, extra, name, own)
        print(f"     {name:20} {' '.join(extra):12} {share:7.2%} of the outputs beyond {quantized_files.STEPS} steps, largest {most:.2f}")
        if problem:
            problems.append(f"{' '.join(extra)}: {problem}")
    here = accuracy(kerf, out, card, split, metric) - accuracy(kerf, source, card, split, metric)
    there = elsewhere(check, name, out) - elsewhere(check, name, source)
    # 1e-6: sums of hundredths.
    if abs(here - there) > tolerance + 1e-6:
        problems.append(f"{metric} changes by {here:+.3f} in Kerf, by {there:+.3f} in onnxruntime")
    print(f"{'FAIL' if problems else 'ok  '} {name:20} {integers} of {all_of_them} convolutions on integers; {metric} {here:+.3f} in Kerf, "
          f"{there:+.3f} in onnxruntime {'; '.join(problems)}", flush=True)
    return not problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build" / "release" / "kerf"))
    parser.add_argument("--keep", help="keep the files in this folder")
    parser.add_argument("names", nargs="*", help="only networks whose name contains one of these")
    given = parser.parse_args()
    data = pathlib.Path(os.environ["KERF_DATA"])
    description = importlib.util.spec_from_file_location("check", data / "check.py")
    check = importlib.util.module_from_spec(description)
    description.loader.exec_module(check)
    names = [name for name in NETWORKS if not given.names or any(part in name for part in given.names)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(given.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        good = sum([judge(given.kerf, data, check, name, folder) for name in names])
    print(f"{good} of {len(names)} quantized networks agree with onnxruntime {onnxruntime.__version__}")
    return good != len(names)


if __name__ == "__main__":
    sys.exit(main())
