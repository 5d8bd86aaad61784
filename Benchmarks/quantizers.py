#!/usr/bin/env python3
"""The peers' own quantizers: float ONNX file in, int8 file out.

    quantizers.py TOOL MODEL OUT (--network NAME | --noise 1,3,224,224)

Every function takes the calibration as a list of inputs (float32 arrays with their batch axis); the same list serves all quantizers. As a command
it calibrates on a network's calibration images or on noise, in a process of its own: the tools print, start threads and keep memory.
"""
import argparse
import logging
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx


class _Reader:
    """What onnxruntime asks for calibration data."""

    def __init__(self, name, batches):
        self.name, self.batches = name, batches
        self.rewind()

    def rewind(self):
        self.left = iter(self.batches)

    def get_next(self):
        batch = next(self.left, None)
        return None if batch is None else {self.name: batch}


def input_name(path):
    """The graph's input that no initializer feeds."""
    graph = onnx.load(path, load_external_data=False).graph
    held = {weight.name for weight in graph.initializer}
    return next(value.name for value in graph.input if value.name not in held)


def static(path, batches, out, method="MinMax", layout="QDQ", activations="QUInt8", weights="QInt8", per_channel=True, **extra):
    """onnxruntime.quantization.quantize_static after its own preprocessing (folds batch norms, infers shapes); writes and returns `out`.

    `method` is MinMax, Percentile or Entropy; `layout` QDQ or QOperator; the types QUInt8 or QInt8. Other keywords are its extra options.
    """
    from onnxruntime import quantization as q

    logging.getLogger().setLevel(logging.ERROR)
    out = pathlib.Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared.onnx"
        q.quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        q.quantize_static(
            str(prepared), str(out), _Reader(input_name(path), batches), quant_format=q.QuantFormat[layout], per_channel=per_channel,
            activation_type=q.QuantType[activations], weight_type=q.QuantType[weights], calibrate_method=q.CalibrationMethod[method],
            extra_options=extra)
    return out


def dynamic(path, out, weights="QUInt8"):
    """onnxruntime.quantization.quantize_dynamic: ConvInteger and MatMulInteger with ranges taken as it runs."""
    from onnxruntime import quantization as q

    q.quantize_dynamic(str(path), str(out), weight_type=q.QuantType[weights], op_types_to_quantize=["Conv", "MatMul", "Gemm"])
    return pathlib.Path(out)


def nncf_onnx(path, batches, out):
    """NNCF's post-training quantization of the ONNX file (QDQ)."""
    import nncf

    nncf.set_log_level(logging.ERROR)
    name = input_name(path)
    data = nncf.Dataset(batches, lambda batch: {name: batch})
    onnx.save(nncf.quantize(onnx.load(path), data, subset_size=len(batches)), out)
    return pathlib.Path(out)


def nncf_openvino(path, batches, out):
    """NNCF's post-training quantization for OpenVINO, which has this runtime's own rules for what to quantize; `out` ends with .xml."""
    import nncf
    import openvino

    nncf.set_log_level(logging.ERROR)
    network = openvino.Core().read_model(str(path))
    quantized = nncf.quantize(network, nncf.Dataset(batches), subset_size=len(batches))
    openvino.save_model(quantized, str(out), compress_to_fp16=False)
    return pathlib.Path(out)


# The command's tools: what they write ends with, and how they are called.
TOOLS = {
    "onnxruntime-minmax": (".onnx", static),
    "onnxruntime-percentile": (".onnx", lambda path, batches, out: static(path, batches, out, "Percentile")),
    "nncf-onnx": (".onnx", nncf_onnx),
    "nncf-openvino": (".xml", nncf_openvino),
}


class NotQuantized(Exception):
    """What a quantizer said when it failed."""


def made(tool, model, folder, network=None, noise_shape=None):
    """The file that a tool makes of a model, made in another process if it is not in the folder yet."""
    out = pathlib.Path(folder) / f"{pathlib.Path(model).stem}.{tool}{TOOLS[tool][0]}"
    if out.exists():
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"part-{out.name}")
    source = ["--network", network] if network else ["--noise", ",".join(map(str, noise_shape))]
    run = subprocess.run([sys.executable, __file__, tool, str(model), str(partial), *source], capture_output=True, text=True)
    if run.returncode:
        raise NotQuantized(f"{tool}: {run.stderr.strip()[-300:]}")
    if out.suffix == ".xml":
        partial.with_suffix(".bin").replace(out.with_suffix(".bin"))
    partial.replace(out)
    return out


def noise(shape, count=4, seed=0):
    """Calibration of networks with random weights: uniform noise in 0..1, the range of what they are timed on."""
    random = np.random.default_rng(seed)
    return [random.random(shape, np.float32) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--network", help="calibrate on the images of this network (needs KERF_DATA)")
    source.add_argument("--noise", type=lambda text: tuple(map(int, text.split(","))), help="calibrate on noise of this shape")
    given = parser.parse_args()
    if given.network:
        import calibration

        inputs = calibration.batches(given.network)
    else:
        inputs = noise(given.noise)
    TOOLS[given.tool][1](given.model, inputs, given.out)


if __name__ == "__main__":
    main()
