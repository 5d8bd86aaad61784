#!/usr/bin/env python3
"""Judges the engine by the ONNX backend node tests.

Takes the cases of `onnx.backend.test` (kind "node") that use only the operators Kerf promises to run, with float32, float16, int8, int16, int32,
int64, uint8, uint16 and bool tensors; runs each through `kerf run MODEL --input name=a.npy … --output name=b.npy …` in a process of its
own, so that a crash is the failure of one case; compares with the tolerance of the case (types and shapes must be equal).

Prints what failed and why, what was left out and why, and `N passed, N failed, N skipped`. Exit code 1 on any failure.

  node_tests.py [--kerf .build/release/kerf] [--filter REGEX] [--all] [--keep FOLDER] [--jobs 2] [--reference] [-v]
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy
import onnx
from onnx import TensorProto, numpy_helper

OPERATORS = set(
    """Conv ConvTranspose Gemm MatMul BatchNormalization InstanceNormalization LayerNormalization LRN Relu LeakyRelu PRelu Elu Selu
    Sigmoid HardSigmoid HardSwish Mish Softplus Tanh Clip Gelu Erf Softmax LogSoftmax MaxPool AveragePool GlobalAveragePool
    GlobalMaxPool Add Sub Mul Div Pow Min Max Mean Sum Sqrt Exp Log Abs Neg Reciprocal Floor Ceil Round Sign Equal Greater Less
    GreaterOrEqual LessOrEqual And Or Xor Not Where ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2
    ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax TopK Concat Split Slice Reshape Flatten Transpose Squeeze Unsqueeze Gather
    Expand Tile Pad Resize Upsample DepthToSpace SpaceToDepth Shape Constant ConstantOfShape Range Cast Identity Dropout
    QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger""".split()
)
TYPES = {"FLOAT", "FLOAT16", "INT8", "INT16", "UINT16", "INT32", "INT64", "UINT8", "BOOL"}

# Cases whose expected output no engine can be held to: name → reason.
LEFT_OUT = {}


def load_cases():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        return load_model_tests(kind="node")


def reason_to_skip(case, model):
    """Why a case is not one of ours, or None."""
    if case.name in LEFT_OUT:
        return LEFT_OUT[case.name]
    foreign = sorted({n.op_type for n in model.graph.node if n.domain or n.op_type not in OPERATORS})
    if foreign:
        return "operator " + ", ".join(foreign)
    kinds = set()
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.WhichOneof("value") != "tensor_type":
            return "a value that is no tensor"
        kinds.add(TensorProto.DataType.Name(value.type.tensor_type.elem_type))
    return "type " + ", ".join(sorted(kinds - TYPES)) if kinds - TYPES else None


def array(tensor):
    return tensor if isinstance(tensor, numpy.ndarray) else numpy.asarray(
        numpy_helper.to_array(tensor) if isinstance(tensor, TensorProto) else tensor)


def difference(got, want, case):
    """How an output differs from the expected one, or None."""
    if got.dtype.kind == "V" and got.dtype.itemsize == want.dtype.itemsize:
        got = got.view(want.dtype)  # .npy knows bfloat16 only by its size
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"{got.dtype}{list(got.shape)} instead of {want.dtype}{list(want.shape)}"
    try:
        numpy.testing.assert_allclose(got, want, rtol=case.rtol, atol=case.atol)
    except AssertionError as error:
        return " ".join(str(error).split())[:300]
    return None


def data_sets(case):
    """The case's (inputs, outputs): in memory, or in folders beside the model."""
    if case.data_sets is not None:
        return case.data_sets
    sets = []
    for folder in sorted(pathlib.Path(case.model_dir).glob("test_data_set*")):
        read = lambda kind: [
            numpy_helper.to_array(onnx.load_tensor(folder / f"{kind}_{i}.pb"))
            for i in range(len(list(folder.glob(f"{kind}_*.pb"))))
        ]
        sets.append((read("input"), read("output")))
    return sets


def run_case(kerf, extra, case, model, folder, timeout):
    """Runs all data sets of a case; returns why it failed, or None."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    onnx.save(model, path)
    held = {i.name for i in model.graph.initializer}
    names = [v.name for v in model.graph.input if v.name not in held]
    for inputs, outputs in data_sets(case):
        command = [kerf, "run", str(path), *extra]
        for i, (name, value) in enumerate(zip(names, inputs)):
            numpy.save(folder / f"input_{i}.npy", array(value))
            command += ["--input", f"{name}={folder}/input_{i}.npy"]
        for i, value in enumerate(model.graph.output):
            command += ["--output", f"{value.name}={folder}/output_{i}.npy"]
        try:
            process = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            return f"still running after {timeout} s"
        if process.returncode:
            kind = f"killed by signal {-process.returncode}" if process.returncode < 0 else f"exit code {process.returncode}"
            return f"{kind}: {process.stderr.strip().replace(str(folder), '')[-300:]}"
        for i, (value, want) in enumerate(zip(model.graph.output, outputs)):
            file = folder / f"output_{i}.npy"
            if not file.exists():
                return f"output '{value.name}' was not written"
            problem = difference(numpy.load(file), array(want), case)
            if problem:
                return f"output '{value.name}': {problem}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--kerf", default=".build/release/kerf", help="the command line under test")
    parser.add_argument("--filter", help="only cases whose name matches this regular expression")
    parser.add_argument("--all", action="store_true", help="run every case, of promised operators or not")
    parser.add_argument("--keep", help="keep models and tensors in this folder")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=60, help="seconds a case may take")
    parser.add_argument("-v", "--verbose", action="store_true", help="name every passed and every left-out case")
    parser.add_argument("--reference", action="store_true", help="judge the reference implementations, without fast paths")
    options = parser.parse_args()
    extra = ["--reference"] if options.reference else []

    chosen, skipped = [], collections.defaultdict(list)
    for case in load_cases():
        if options.filter and not re.search(options.filter, case.name):
            continue
        model = case.model if case.model is not None else onnx.load(pathlib.Path(case.model_dir) / "model.onnx")
        reason = None if options.all else reason_to_skip(case, model)
        if reason:
            skipped[reason].append(case.name)
        else:
            chosen.append((case, model))

    failures = {}
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        root = options.keep or scratch
        runs = {
            pool.submit(run_case, options.kerf, extra, case, model, f"{root}/{case.name}", options.timeout): case
            for case, model in chosen
        }
        for run, case in runs.items():
            problem = str(run.exception()) if run.exception() else run.result()
            if problem:
                failures[case.name] = problem
                print(f"FAILED {case.name}: {problem}")
            elif options.verbose:
                print(f"passed {case.name}")

    print(f"\nonnx {onnx.__version__}, cases left out by reason:")
    for reason, names in sorted(skipped.items(), key=lambda item: -len(item[1])):
        shown = ", ".join(names) if options.verbose else names[0] + (", …" if len(names) > 1 else "")
        print(f"  {len(names):4}  {reason}: {shown}")
    total = sum(map(len, skipped.values()))
    print(f"\n{len(chosen) - len(failures)} passed, {len(failures)} failed, {total} skipped")
    return 1 if failures or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
