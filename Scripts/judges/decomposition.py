#!/usr/bin/env python3
"""Outside judge of the factorizations: recomputes every factorized layer from exported weights alone.

    python3 Scripts/judges/decomposition.py --kerf .build/release/kerf        random and (with KERF_DATA) real networks
    python3 Scripts/judges/decomposition.py --pair original.onnx small.onnx   one pair made with --criterion filter

A layer is found by its tensors: the chain of Conv and ConvTranspose nodes that leads from the input tensor to the output tensor of an original one. A
transposed kernel is judged as that of the convolution that does the same: channels exchanged, taps in reverse.
For each one this script multiplies the chain out with NumPy and compares ||W - W'|| / ||W|| with

    channel, channel-in, spatial, fc-svd, depthwise   the optimum that NumPy's SVD gives: within 1e-5
    tucker2                                           TensorLy's partial_tucker: no worse than 1.001 times
    cp, cp-spatial                                    TensorLy's parafac, best of three starts: no worse than 1.02 times
    separable-bank                                    the same for every input channel
    tensor-train                                      TensorLy's tensor_train: no worse
    bicluster, bicluster-svd                          the same as cp and tucker2 for every block, in the clusters that the file has

and checks that onnxruntime accepts the compressed file. Exit code 1 if any layer fails.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import tensorly
from onnx import TensorProto, helper, numpy_helper
from tensorly.decomposition import parafac, partial_tucker, tensor_train


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def weights(model):
    values = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and "value" in attributes(node):
            values[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
    return values


def chain(model, start, end):
    """Conv, ConvTranspose and Gather nodes from tensor `start` to tensor `end`, in order; None if another operator lies between."""
    makers = {output: node for node in model.graph.node for output in node.output}
    nodes = []
    while end != start:
        node = makers.get(end)
        if node is None or node.op_type not in ("Conv", "ConvTranspose", "Gather"):
            return None
        nodes.insert(0, node)
        end = node.input[0]
    return nodes


def kernel_of(node, values):
    """[N, C/g, kh, kw] of the convolution that a node is, or amounts to, and its groups."""
    w, groups = values[node.input[1]], attributes(node).get("group", 1)
    if node.op_type != "ConvTranspose":
        return w, groups
    c, n, kh, kw = w.shape
    turned = w.reshape(groups, c // groups, n, kh, kw).transpose(0, 2, 1, 3, 4)[..., ::-1, ::-1]
    return turned.reshape(groups * n, c // groups, kh, kw), groups


def own(order, group, groups):
    """One group's part of an order of channels, which stays inside the group."""
    part = np.asarray(order).reshape(groups, -1)[group]
    return part - group * (max(order) + 1) // groups


def composed(factors, groups, channels):
    """The dense kernel [N, C/g, kh, kw] of a chain of (weight, groups), (order, 0) where channels are gathered; no two factors share a spatial axis."""
    parts = []
    for group in range(groups):
        current = np.eye(channels // groups).reshape(channels // groups, channels // groups, 1, 1)
        for weight, factor_groups in factors:
            if factor_groups == 0:
                current = current[own(weight, group, groups)]
                continue
            local = factor_groups // groups
            outputs = weight.shape[0] // factor_groups
            inputs = weight.shape[1]
            pieces = []
            for part in range(local):
                first = (group * local + part) * outputs
                w = weight[first : first + outputs].astype(np.float64)
                x = current[part * inputs : (part + 1) * inputs]
                product = np.einsum("omab,mcde->ocadbe", w, x)
                o, c, a, d, b, e = product.shape
                assert min(a, d) == 1 and min(b, e) == 1, "two factors share an axis"
                pieces.append(product.reshape(o, c, a * d, b * e))
            current = np.concatenate(pieces)
        parts.append(current)
    return np.concatenate(parts)


def tail(matrix, rank):
    return float(np.sum(np.linalg.svd(matrix, compute_uv=False)[rank:] ** 2))


def form(factors, kernel, groups):
    """Name and rank of a form from the shapes of its factors."""
    convolutions = [(w, g) for w, g in factors if g]
    grouped = convolutions[-1][1] > groups or convolutions[0][1] > groups and convolutions[0][0].shape[1] > 1
    if len(convolutions) < len(factors) or len(convolutions) > 2 and grouped:
        cut = convolutions[0][1] // groups * (convolutions[-1][1] // groups)
        ranks = [convolutions[0][0].shape[0] // groups // cut, convolutions[1][0].shape[0] // groups // cut]
        return ("bicluster-svd", tuple(ranks)) if len(convolutions) == 3 else ("bicluster", ranks[0])
    shapes = [w.shape for w, _ in factors]
    last = shapes[-1]
    taps = kernel.shape[2] * kernel.shape[3]
    depthwise = [w.shape[1] == 1 and g > groups for w, g in factors]
    if len(factors) == 2:
        rank = shapes[0][0] // groups
        if taps == 1:
            return "fc-svd", rank
        if depthwise[0]:
            return "depthwise", shapes[0][0] // (kernel.shape[1] * groups)
        if last[2:] == (1, 1):
            return "channel", rank
        if shapes[0][2:] == (1, 1):
            return "channel-in", rank
        return ("spatial-vertical" if shapes[0][2] > 1 else "spatial-horizontal"), rank
    rank = shapes[0][0] // groups
    if len(factors) == 3 and depthwise[0] and kernel.shape[1] > 1:
        return "separable-bank", shapes[0][0] // (kernel.shape[1] * groups)
    if len(factors) == 4 and not depthwise[1]:
        return "tensor-train", tuple(s[0] // groups for s in shapes[:3])
    if len(factors) == 3:
        return ("cp-spatial", rank) if depthwise[1] else ("tucker2", (rank, shapes[1][0] // groups))
    return "cp", rank


def canonical(x, rank):
    """Squared error of TensorLy's parafac, the best of three starts."""
    best = np.inf
    for seed in range(3):
        cp = parafac(x, rank, n_iter_max=200, tol=1e-8, init="svd" if seed == 0 else "random", random_state=seed)
        best = min(best, float(np.sum((x - tensorly.cp_to_tensor(cp)) ** 2)))
    return best


def tucker(w, k1, k2):
    """Squared error of TensorLy's partial_tucker over both channel modes."""
    (core, (out, inp)), _ = partial_tucker(w, rank=[min(k2, w.shape[0]), min(k1, w.shape[1])], modes=[0, 1], n_iter_max=200, tol=1e-8)
    return float(np.sum((w - tensorly.tenalg.multi_mode_dot(core, [out, inp], modes=[0, 1])) ** 2))


def blocks(factors, w, group, groups):
    """The blocks of one group's kernel in the clusters that a chain has."""
    convolutions = [g for _, g in factors if g]
    (first, g), (last, h) = factors[0], factors[-1]
    rows = np.argsort(own(last, group, groups)) if h == 0 else np.arange(w.shape[0])
    columns = own(first, group, groups) if g == 0 else np.arange(w.shape[1])
    for r in rows.reshape(convolutions[-1] // groups, -1):
        for c in columns.reshape(convolutions[0] // groups, -1):
            yield w[np.ix_(r, c)]


def reference(name, rank, kernel, groups, factors):
    """Squared error of the outside solver and the factor by which Kerf's norm may exceed it (0: optimum, 1e-5 absolute)."""
    n = kernel.shape[0] // groups
    error, slack = 0.0, 0.0
    for group in range(groups):
        w = kernel[group * n : (group + 1) * n].astype(np.float64)
        n_, c, kh, kw = w.shape
        if name in ("channel", "fc-svd"):
            error += tail(w.reshape(n_, -1), rank)
        elif name == "channel-in":
            error += tail(w.transpose(1, 0, 2, 3).reshape(c, -1), rank)
        elif name == "spatial-vertical":
            error += tail(w.transpose(1, 2, 0, 3).reshape(c * kh, -1), rank)
        elif name == "spatial-horizontal":
            error += tail(w.transpose(1, 3, 0, 2).reshape(c * kw, -1), rank)
        elif name == "depthwise":
            error += sum(tail(w[:, i].reshape(n_, -1), rank) for i in range(c))
        elif name == "tucker2":
            error += tucker(w, *rank)
            slack = 1e-3
        elif name == "bicluster-svd":
            error += sum(tucker(block, *rank) for block in blocks(factors, w, group, groups))
            slack = 1e-3
        elif name == "bicluster":
            error += sum(canonical(block, rank) for block in blocks(factors, w, group, groups))
            slack = 0.02
        elif name == "tensor-train":
            x = w.transpose(1, 2, 3, 0)
            error += float(np.sum((x - tensorly.tt_to_tensor(tensor_train(x, [1, *rank, 1]))) ** 2))
            slack = 1e-6
        elif name == "separable-bank":
            error += sum(canonical(w[:, i], rank) for i in range(c))
            slack = 0.02
        else:
            error += canonical(w if name == "cp" else w.reshape(n_, c, kh * kw), rank)
            slack = 0.02
    return error, slack


def judge(original, compressed, label):
    """Prints one line a factorized layer; returns (layers, failures)."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    onnxruntime.InferenceSession(compressed.SerializeToString(), options, providers=["CPUExecutionProvider"])
    old, new = weights(original), weights(compressed)
    layers = failures = 0
    for node in original.graph.node:
        if node.op_type not in ("Conv", "ConvTranspose") or node.input[1] not in old or old[node.input[1]].ndim != 4:
            continue
        nodes = chain(compressed, node.input[0], node.output[0])
        if nodes is None or len(nodes) < 2:
            continue
        kernel, groups = kernel_of(node, old)
        factors = [(new[n.input[1]], 0) if n.op_type == "Gather" else kernel_of(n, new) for n in nodes]
        name, rank = form(factors, kernel, groups)
        dense = composed(factors, groups, kernel.shape[1] * groups)
        norm = np.linalg.norm(kernel.astype(np.float64))
        kerf = np.linalg.norm(kernel - dense) / norm
        squared, slack = reference(name, rank, kernel, groups, factors)
        outside = np.sqrt(squared) / norm
        good = kerf <= outside * (1 + slack) + 1e-5
        if slack == 0:  # below the optimum is as wrong as above it
            good = good and kerf >= outside - 1e-5
        layers += 1
        failures += not good
        print(f"{'ok  ' if good else 'FAIL'} {label} {node.name or node.output[0]}: {name} {rank}, kerf {kerf:.6f}, outside {outside:.6f}")
    return layers, failures


def random_network(seed):
    """A few convolutions in a row: plain, strided, dilated, grouped, 5x3, 1x1, transposed."""
    rng = np.random.default_rng(seed)
    nodes, initializers, channels, tensor = [], [], 16, "x"
    for i, (n, k, extra) in enumerate(
        [
            (24, (3, 3), dict(pads=[1, 1, 1, 1])),
            (32, (3, 3), dict(pads=[0, 1, 1, 0], strides=[2, 2])),
            (24, (3, 3), dict(pads=[2, 2, 2, 2], dilations=[2, 2])),
            (32, (3, 3), dict(pads=[1, 1, 1, 1], group=2)),
            (20, (5, 3), dict(pads=[2, 1, 2, 1])),
            (32, (1, 1), dict()),
            (24, (4, 4), dict(pads=[1, 1, 1, 1], strides=[2, 2])),
            (28, (3, 3), dict(pads=[1, 0, 0, 1], strides=[2, 1], output_padding=[1, 0], group=2)),
        ]
    ):
        shape = (n, channels // extra.get("group", 1)) + k
        op = "ConvTranspose" if i > 5 else "Conv"
        # Smooth filters with decaying channels, so that low rank means something.
        w = rng.standard_normal(shape) * np.exp(-0.1 * np.arange(shape[1]))[None, :, None, None] + 0.3 * rng.standard_normal((n, 1, 1, 1))
        w = (w / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        if op == "ConvTranspose":
            w = w.reshape(-1, n // extra.get("group", 1), *shape[1:]).swapaxes(1, 2).reshape(channels, -1, *k)
        initializers += [numpy_helper.from_array(np.ascontiguousarray(w), f"w{i}"), numpy_helper.from_array(rng.standard_normal(n).astype(np.float32), f"b{i}")]
        nodes.append(helper.make_node(op, [tensor, f"w{i}", f"b{i}"], [f"c{i}"], name=f"conv{i}", kernel_shape=list(k), **extra))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"], name=f"relu{i}"))
        tensor, channels = f"r{i}", n
    graph = helper.make_graph(
        nodes,
        f"random{seed}",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16, 20, 20])],
        [helper.make_tensor_value_info(tensor, TensorProto.FLOAT, None)],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", help="the kerf program")
    parser.add_argument("--pair", nargs=2, metavar=("ORIGINAL", "COMPRESSED"))
    parser.add_argument("--methods", nargs="*", help="FORM:rank; default: every form at one rank")
    arguments = parser.parse_args()
    layers = failures = 0
    if arguments.pair:
        layers, failures = judge(onnx.load(arguments.pair[0]), onnx.load(arguments.pair[1]), os.path.basename(arguments.pair[1]))
    elif arguments.kerf:
        methods = arguments.methods or [
            "channel:6", "channel-in:5", "spatial:7", "tucker2:6,7", "cp:12", "cp-spatial:12", "depthwise:2", "fc-svd:6", "tensor-train:6,9,7",
            "separable-bank:2", "bicluster:2,2,6", "bicluster-uniform:2,2,6", "bicluster-svd:2,2,4,5", "bicluster-svd-uniform:2,2,4,5",
        ]
        with tempfile.TemporaryDirectory() as folder:
            models = []
            for seed in (1, 2):
                path = os.path.join(folder, f"random{seed}.onnx")
                onnx.save(random_network(seed), path)
                models.append(path)
            data = os.environ.get("KERF_DATA")
            if data:
                models += [os.path.join(data, "models", name) for name in ("cifar10_resnet20.onnx", "mnist_lenet.onnx")]
            else:
                print("SKIPPED real networks: KERF_DATA is not set")
            for path in models:
                for method in methods:
                    out = os.path.join(folder, "out.onnx")
                    command = [arguments.kerf, "compress", path, "-o", out, "--method", method, "--criterion", "filter"]
                    result = subprocess.run(command, capture_output=True, text=True)
                    if result.returncode != 0:
                        print(f"FAIL {' '.join(command)}: exit {result.returncode}\n{result.stderr.strip()}")
                        failures += 1
                        continue
                    counted = judge(onnx.load(path), onnx.load(out), f"{os.path.basename(path)} {method}")
                    layers, failures = layers + counted[0], failures + counted[1]
    else:
        parser.error("give --kerf or --pair")
    print(f"{layers} layers judged, {failures} failures")
    if layers == 0:
        print("FAIL: no factorized layer was found")
    sys.exit(1 if failures or layers == 0 else 0)


if __name__ == "__main__":
    main()
