#!/usr/bin/env python3
"""Judges `kerf convert IN OUT` (reads a model, writes it back): onnx must find every model unchanged.

Two models are the same when their protobuf messages are equal after every tensor's elements are put in one encoding (raw bytes; external
data inside). The written file must also pass onnx.checker where the original does.

usage: roundtrip.py [--kerf PATH] [--models DIR] [--node-tests]
"""
import argparse
import glob
import os
import subprocess
import sys
import tempfile

import onnx
from onnx import external_data_helper, numpy_helper

# numpy_helper reads these; other types are compared as they are.
READABLE = {t for t in onnx.TensorProto.DataType.values() if t not in (0, 8)}


def normalise_tensor(tensor):
    if tensor.data_type not in READABLE:
        return
    elements = numpy_helper.to_array(tensor)
    bytes_ = numpy_helper.from_array(elements).raw_data
    for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "raw_data", "external_data", "data_location"):
        tensor.ClearField(field)
    tensor.raw_data = bytes_


def normalise(message):
    """Puts all tensors below a message in one encoding and writes out defaults that a file may leave out."""
    if isinstance(message, onnx.TensorProto):
        normalise_tensor(message)
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for child in value if hasattr(value, "__len__") else [value]:
            normalise(child)


def load(path):
    model = onnx.load(path, load_external_data=False)
    external_data_helper.load_external_data_for_model(model, os.path.dirname(path))
    normalise(model)
    return model


def difference(a, b):
    """The first lines in which two messages differ."""
    import difflib

    lines = difflib.unified_diff(str(a).splitlines(), str(b).splitlines(), lineterm="", n=1)
    return "\n".join(line[:160] for _, line in zip(range(12), lines))


def checks(path):
    try:
        onnx.checker.check_model(path)
        return None
    except Exception as error:  # the checker throws several kinds
        return str(error)[:300]


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("--kerf", default=".build/release/kerf")
    parse.add_argument("--models", default=os.path.join(os.environ.get("KERF_DATA", ""), "models"))
    parse.add_argument("--node-tests", action="store_true")
    options = parse.parse_args()
    paths = sorted(glob.glob(os.path.join(options.models, "*.onnx")))
    if options.node_tests:
        data = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data")
        paths += sorted(glob.glob(os.path.join(data, "**", "*.onnx"), recursive=True))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        if options.node_tests:
            from onnx.backend.test.loader import load_model_tests

            for case in load_model_tests(kind="node"):
                if case.model is not None:
                    paths.append(os.path.join(folder, case.name + ".onnx"))
                    onnx.save(case.model, paths[-1])
        if not paths:
            sys.exit("no models found")
        out = os.path.join(folder, "out.onnx")
        for path in paths:
            run = subprocess.run([options.kerf, "convert", path, out], capture_output=True, text=True)
            if run.returncode:
                problem = f"kerf: {run.stderr.strip() or run.stdout.strip()}"
            elif (a := load(path)) != (b := load(out)):
                problem = "the models differ:\n" + difference(a, b)
            else:
                problem = None if checks(path) else checks(out)
            if problem:
                failed += 1
                print(f"FAIL {os.path.relpath(path)}: {problem}")
    print(f"{len(paths)} models, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
