#!/usr/bin/env python3
"""kerf compress … --timer 'python3 Examples/timers/ncnn.py {model}'   (pip install ncnn pnnx onnx; float32 only)"""
import importlib.util
import pathlib
import subprocess
import sys

# This file has the runtime's name: without this line it would import itself.
sys.path.append(sys.path.pop(0))
import ncnn
import onnx

import timing


def load(path, threads):
    path = pathlib.Path(path).resolve()
    inputs = onnx.load(path).graph.input
    shapes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in inputs}
    shape = ",".join("[" + ",".join(map(str, s)) + "]" for s in shapes.values())
    # The program by itself: its package would import PyTorch.
    pnnx = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    convert = subprocess.run([pnnx, path.name, f"inputshape={shape}", "fp16=0"], cwd=path.parent, capture_output=True, text=True)
    if convert.returncode:
        sys.exit(convert.stdout + convert.stderr)
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    if net.load_param(str(path.with_suffix(".ncnn.param"))) or net.load_model(str(path.with_suffix(".ncnn.bin"))):
        sys.exit(f"{path}: ncnn cannot load what pnnx made of it:\n{convert.stderr}")

    def run(arrays):
        with net.create_extractor() as extractor:
            for place, x in enumerate(arrays.values()):
                extractor.input(f"in{place}", ncnn.Mat(x[0]))
            failed, _ = extractor.extract("out0")
        if failed:
            sys.exit(f"{path}: ncnn ends with {failed}")

    return shapes, run


timing.main(load, __doc__)
