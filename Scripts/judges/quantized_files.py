#!/usr/bin/env python3
"""Judges `kerf run` on networks that other tools quantized: onnxruntime.quantization (QDQ, QOperator, dynamic) and NNCF.

Every file is made here, calibrated on made-up images, and run by Kerf and by onnxruntime on the same input. Differences are told in steps: the
scale of the quantized value that is the output or is added to it; where a real-valued layer makes the output, a 255th of the largest output.

Values on the border between two levels may be rounded either way, and in networks with gates or poolings one such step changes whole channels
behind it. So what is bounded is the share of outputs beyond two steps, by the larger of a thousandth and what onnxruntime differs by from itself
between its fused and its plain execution of the network's files and when one pixel of the input moves by one level.

Without KERF_DATA only a small network made here is judged.

usage: quantized_files.py [--kerf PATH] [--models DIR] [--threads N] [--keep DIR] [--reference] [NAME ...]
"""
import argparse
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "Benchmarks")]
import quantizers  # noqa: E402
from networks import realistic  # noqa: E402

STEPS = 2
# Share of the outputs that may lie beyond STEPS, and how many times onnxruntime's own share.
SHARE, OWN_SHARES = 1e-3, 2

# How files are made: name → (tool, its options). onnxruntime does not run the QOperator files with int8 activations that it makes.
FORMS = {
    "QDQ u8 per channel": ("static", {}),
    "QDQ u8 per tensor, u8 weights": ("static", {"per_channel": False, "weights": "QUInt8"}),
    "QDQ s8 per channel": ("static", {"activations": "QInt8"}),
    "QDQ s8 symmetric per tensor": ("static", {"activations": "QInt8", "per_channel": False, "ActivationSymmetric": True}),
    "QOperator u8 per channel": ("static", {"layout": "QOperator"}),
    "QOperator u8 per tensor": ("static", {"layout": "QOperator", "per_channel": False}),
    "dynamic": ("dynamic", {}),
    "NNCF": ("nncf", {}),
}
USUAL = ["QDQ u8 per channel", "QOperator u8 per channel"]
# Network: extents for its open axes (batch, height, width), and the forms in which it is judged.
NETWORKS = {
    "mnist_lenet": ((4, 28, 28), list(FORMS)),
    "cifar10_resnet20": ((4, 32, 32), list(FORMS)),
    "imagenet_squeezenet1_1": ((1, 227, 227), [*USUAL, "NNCF"]),
    "imagenet_mobilenet_v2_1.0_224": ((1, 224, 224), [*USUAL, "QDQ s8 per channel"]),
    "dn_dncnn_s25": ((1, 40, 33), [*USUAL, "QDQ u8 per tensor, u8 weights", "dynamic"]),
    "sr_imdn_x4": ((1, 20, 27), [*USUAL, "QDQ s8 symmetric per tensor"]),
    "sr_realesr_general_x4v3": ((1, 20, 27), USUAL),
}


def small_network(path):
    """Every kind of layer that quantizers treat: odd extents, a residual, a concatenation, a gate, poolings, a matrix product."""
    random = np.random.default_rng(7)
    nodes, weights = [], []

    def add(operator, inputs, output, **attributes):
        nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def conv(x, output, n, c, kernel, **attributes):
        shape = (n, c, *kernel)
        values = random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:])) * np.exp2(random.uniform(-2, 1, (n, 1, 1, 1)))
        for name, value in ((f"{output}_w", values), (f"{output}_b", random.standard_normal(n) * 0.2)):
            weights.append(numpy_helper.from_array(value.astype(np.float32), name))
        return add("Conv", [x, f"{output}_w", f"{output}_b"], output, kernel_shape=kernel, **attributes)

    x = add("Relu", [conv("x", "c1", 16, 3, (3, 3), pads=[1] * 4)], "r1")
    x = add("MaxPool", [x], "p1", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    y = add("Clip", [conv(x, "c2", 16, 1, (5, 3), pads=[2, 1, 2, 1], group=16), "zero", "six"], "r2")
    y = conv(y, "c3", 16, 16, (1, 1))
    x = add("Add", [x, y], "a1")
    left = add("LeakyRelu", [conv(x, "c4", 24, 16, (3, 1), pads=[1, 0, 1, 0])], "l1", alpha=0.1)
    right = add("Sigmoid", [conv(x, "c5", 24, 8, (1, 3), pads=[0, 1, 0, 1], group=2)], "s1")
    x = add("Concat", [add("Mul", [left, right], "m1"), left, x], "j1", axis=1)
    x = add("Relu", [conv(x, "c6", 32, 64, (3, 3), strides=[2, 2], dilations=[2, 2], pads=[2] * 4)], "r3")
    x = add("AveragePool", [x], "p2", kernel_shape=[2, 2], strides=[1, 1])
    x = add("Flatten", [add("GlobalAveragePool", [x], "p3")], "f1")
    for name, value in (("fc_w", random.standard_normal((10, 32)) / 4), ("fc_b", random.standard_normal(10) / 4), ("zero", 0), ("six", 6)):
        weights.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
    add("Gemm", [x, "fc_w", "fc_b"], "y", transB=1)
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "small", [info("x", ["batch", 3, 37, 30])], [info("y", ["batch", 10])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def quantize(form, path, batches, out):
    tool, options = FORMS[form]
    with contextlib.redirect_stdout(sys.stderr if os.environ.get("VERBOSE") else open(os.devnull, "w")):
        if tool == "static":
            quantizers.static(path, batches, out, **options)
        elif tool == "dynamic":
            quantizers.dynamic(path, out)
        else:
            quantizers.nncf_onnx(path, batches, out)


def step(path, wanted):
    """The scale of the quantized value that is the output or is added to it, or a 255th of the largest output."""
    graph = onnx.load(path).graph
    makers = {name: node for node in graph.node for name in node.output}
    held = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    open_values, seen = [graph.output[0].name], set()
    while open_values:
        name = open_values.pop(0)
        node = None if name in seen else makers.get(name)
        seen.add(name)
        if node is None or node.op_type in ("Conv", "Gemm", "MatMul", "ConvInteger", "MatMulInteger", "Cast"):
            continue
        if node.op_type == "DequantizeLinear" and node.input[0] in makers and held[node.input[1]].size == 1:
            return float(held[node.input[1]].item())
        open_values += node.input
    return float(np.abs(wanted).max()) / 255


def session(path, level):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = level
    # Without VNNI onnxruntime's products of u8 and s8 saturate unless told not to.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def judge(kerf, path, shape, folder, extra, name, own):
    """(share beyond STEPS, onnxruntime's own share, largest difference in steps, why it failed or None)

    - own: onnxruntime's own share on files of the network judged before.
    """
    levels = onnxruntime.GraphOptimizationLevel
    running = session(path, levels.ORT_ENABLE_ALL)
    feed = realistic(name, np.random.default_rng(99), shape)
    np.save(folder / "x.npy", feed)
    source, target = running.get_inputs()[0].name, running.get_outputs()[0].name
    command = [kerf, "run", str(path), *extra, "--input", f"{source}={folder}/x.npy", "--output", f"{target}={folder}/y.npy"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        return 1, 0, float("inf"), f"exit {ran.returncode}: {ran.stderr.strip()[-300:]}"
    wanted, found = running.run([target], {source: feed})[0], np.load(folder / "y.npy")
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        return 1, 0, float("inf"), f"{found.dtype} {found.shape}, wanted {wanted.dtype} {wanted.shape}"
    unit = step(path, wanted)
    # Half a thousandth of a step for the rounding of the scaled numbers themselves.
    beyond = lambda values: ~(np.abs(values.astype(np.float64) - wanted) / unit <= STEPS + 5e-4)
    share = float(np.mean(beyond(found)))
    own = max(own, float(np.mean(beyond(session(path, levels.ORT_DISABLE_ALL).run([target], {source: feed})[0]))))
    # One pixel by one level: what a single rounding the other way becomes on its way through the network.
    shaken = feed.copy()
    shaken[0, :, shape[2] // 2, shape[3] // 2] += np.ptp(feed) / 255
    own = max(own, float(np.mean(beyond(running.run([target], {source: shaken})[0]))))
    most = float(np.abs(found.astype(np.float64) - wanted).max() / unit)
    return share, own, most, None if share <= max(SHARE, OWN_SHARES * own) else "too many outputs differ"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(HERE.parent.parent / ".build" / "release" / "kerf"))
    parser.add_argument("--models", default=os.path.join(os.environ.get("KERF_DATA", ""), "models"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", help="keep the files in this folder")
    parser.add_argument("--reference", action="store_true", help="judge the reference implementations, without fast paths")
    parser.add_argument("names", nargs="*", help="only networks whose name contains one of these")
    given = parser.parse_args()
    extra = ["--threads", str(given.threads), *(["--reference"] if given.reference else [])]
    failed = total = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(given.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        small_network(folder / "small.onnx")
        works = {"small": (folder / "small.onnx", (3, 37, 30), list(FORMS))}
        for name, (extents, forms) in NETWORKS.items():
            works[name] = (pathlib.Path(given.models) / f"{name}.onnx", extents, forms)
        for name, (path, (batch, height, width), forms) in works.items():
            if given.names and not any(n in name for n in given.names):
                continue
            if not path.exists():
                print(f"skipped: {name} ('{path}' is not there; KERF_DATA unset?)")
                continue
            channels = onnx.load(path).graph.input[0].type.tensor_type.shape.dim[1].dim_value
            shape = (batch, channels, height, width)
            batches = [realistic(name, np.random.default_rng(seed), (1, *shape[1:])) for seed in range(4)]
            own = 0.0
            for form in forms:
                out = folder / ("".join(c if c.isalnum() else "-" for c in f"{name} {form}") + ".onnx")
                if not out.exists():
                    quantize(form, path, batches, out)
                began = time.monotonic()
                share, own, most, problem = judge(given.kerf, out, shape, folder, extra, name, own)
                total += 1
                failed += problem is not None
                print(f"{'FAIL' if problem else 'ok  '} {name:30} {form:30} {share:7.2%} beyond {STEPS} steps ({own:.2%} of onnxruntime's own), "
                      f"largest {most:5.2f}  {time.monotonic() - began:5.1f} s  {problem or ''}", flush=True)
    print(f"{total - failed} of {total} files as near to onnxruntime {onnxruntime.__version__} as it is to itself")
    return 1 if failed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
