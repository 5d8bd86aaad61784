#!/usr/bin/env python3
"""Writes the bundled network, and for monochromatic a first layer of colours, in every form and compares Kerf's output of the file with onnxruntime's (1e-4 relative), and with onnx.checker.

Layers of tensor rank 2 over one to three axes, transposed ones among them, must come out as they were: the file in onnxruntime against the original there.

    python3 Scripts/judges/forms.py [--kerf PATH]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORMS = ["channel:16", "channel-in:16", "spatial:16", "tucker2:16,24", "cp:48", "cp-spatial:48", "depthwise:2", "tensor-train:16,24,16",
         "separable-bank:3", "separable-bank-shared:3", "shared-cp:16,32,48", "bicluster:2,2,12", "bicluster:4,1,12",
         "monochromatic:6", "bicluster-uniform:2,2,12", "bicluster-svd:2,2,8,8", "bicluster-svd-uniform:2,2,8,8"]


EXACT = ["channel:2", "channel-in:2", "spatial:2", "tucker2:2,2", "cp:2", "cp-spatial:2", "depthwise:2", "tensor-train:2,2,2", "separable-bank:2",
         "separable-bank-shared:2", "channel+spatial:2,2", "tucker2+cp:2,2,2"]
AXES = {1: [f for f in EXACT if f.split(":")[0] in ("channel", "channel-in", "tucker2", "cp-spatial", "depthwise")],
        2: EXACT, 3: EXACT[:8] + ["spatial-axes:2,2"]}


def network(nodes, weights, inputs, outputs):
    tensors = [onnx.numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()]
    values = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in (("x", inputs), ("y", outputs))]
    graph = onnx.helper.make_graph(nodes, "network", values[:1], values[1:], tensors)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)


def colours():
    """A first layer of three channels, of stride 2."""
    rng = np.random.default_rng(1)
    node = onnx.helper.make_node("Conv", ["x", "w", "b"], ["y"], name="first", strides=[2, 2], pads=[2, 1, 2, 3])
    weights = {"w": rng.standard_normal((24, 3, 5, 5)), "b": rng.standard_normal(24)}
    return network([node], weights, [1, 3, None, None], [1, 24, None, None])


def low_rank(rng, shape):
    """A kernel of tensor rank 2: every form of rank 2 is exact."""
    factors = [rng.standard_normal((2, extent)) for extent in shape]
    letters = "abcde"[:len(shape)]
    return np.einsum(",".join("r" + letter for letter in letters) + "->" + letters, *factors) / np.sqrt(2 * shape[0])


def layers(axes, transposed):
    """Layers of rank 2 over so many axes: strides 1 and 2, even pads and others, a dilation, what is cut or added at the end, two groups."""
    rng = np.random.default_rng(2)
    first, others = lambda a, b: [a] + [b] * (axes - 1), lambda before, after: [before] * axes + [after] * axes
    windows = [dict(strides=[2] * axes, pads=others(1, 1)), dict(strides=first(1, 2), pads=others(2, 0), dilations=first(2, 1)),
               dict(pads=others(0, 1)), dict(auto_pad="SAME_UPPER", strides=[2] * axes, group=2)]
    if transposed:
        windows[0]["output_padding"] = [1] * axes
        windows[2]["pads"] = others(3, 1)
    nodes, weights, channels, value = [], {}, 16, "x"
    for place, window in enumerate(windows):
        groups, last = window.get("group", 1), place == len(windows) - 1
        kernel = [3, 4, 3][:axes] if place % 2 == 0 else [3] * axes
        parts = [low_rank(rng, [channels // groups, 16 // groups] + kernel if transposed else [16 // groups, channels // groups] + kernel)
                 for _ in range(groups)]
        weights |= {f"w{place}": np.concatenate(parts), f"b{place}": rng.standard_normal(16) / 4}
        output = "y" if last else f"c{place}"
        nodes.append(onnx.helper.make_node("ConvTranspose" if transposed else "Conv", [value, f"w{place}", f"b{place}"], [output],
                                           name=f"layer{place}", **window))
        if not last:
            nodes.append(onnx.helper.make_node("Relu", [output], [f"r{place}"]))
        value = f"r{place}"
    return network(nodes, weights, [1, 16] + [None] * axes, [1, 16] + [None] * axes)


def run(model, x):
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def judge(kerf, work, title, model, extents, form, exact):
    """Whether the form's file gives the same in Kerf and in onnxruntime, and where it is exact what the original gives."""
    x = np.random.default_rng(0).random(extents, dtype=np.float32)
    np.save(work / "x.npy", x)
    small = work / "small.onnx"
    shape = ",".join(str(extent) for extent in extents)
    made = subprocess.run([kerf, "compress", str(model), "-o", str(small), "--method", form, "--criterion", "filter", "--shape", shape,
                           "--no-cache", "--json"], capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{title}, {form}: {made.stderr}")
    layers = json.loads(made.stdout)["layers"]
    replaced = [layer for layer in layers if layer["form"] is not None]
    left = [layer for layer in layers if layer["form"] is None and "saves no work" not in layer["reason"]]
    onnx.checker.check_model(str(small), full_check=True)
    subprocess.run([kerf, "run", str(small), "--input", str(work / "x.npy"), "--output", str(work / "y.npy")], check=True)
    wanted = run(small, x)
    error = np.abs(np.load(work / "y.npy") - wanted).max() / np.abs(wanted).max()
    original = run(model, x)
    change = np.abs(original - wanted).max() / np.abs(original).max()
    good = error <= 1e-4 and len(replaced) > 0 and (not exact or change <= 1e-4 and not left)
    print(f"{'ok ' if good else 'BAD'} {title:22} {form:29} {len(replaced)} layers replaced, {error:.1e} from onnxruntime {ort.__version__}"
          + (f", {change:.1e} from the original there" if exact else ""))
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    args = parser.parse_args()
    passed = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        onnx.save(colours(), work / "colours.onnx")
        for form in FORMS:
            if form.startswith("monochromatic"):
                passed.append(judge(args.kerf, work, "colours", work / "colours.onnx", [1, 3, 61, 47], form, False))
            else:
                passed.append(judge(args.kerf, work, "denoiser", ROOT / "Demo/dead_leaves_denoiser.onnx", [1, 1, 61, 47], form, False))
        for transposed in (False, True):
            for axes, forms in AXES.items():
                model = work / "layers.onnx"
                onnx.save(layers(axes, transposed), model)
                for form in forms:
                    title = f"{axes}-D{' transposed' if transposed else ''}"
                    passed.append(judge(args.kerf, work, title, model, [1, 16] + [(7, 9, 8)[a] + (0 if transposed else 20) for a in range(axes)], form, True))
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    return not all(passed)


if __name__ == "__main__":
    sys.exit(main())
