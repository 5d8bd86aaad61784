#!/usr/bin/env python3
"""Writes the bundled network, and for monochromatic a first layer of colours, in every form and compares Kerf's output of the file with onnxruntime's (1e-4 relative), and with onnx.checker.

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


def colours():
    """A first layer of three channels, of stride 2."""
    rng = np.random.default_rng(1)
    weights = [onnx.numpy_helper.from_array(rng.standard_normal(s).astype(np.float32), n) for n, s in (("w", (24, 3, 5, 5)), ("b", (24,)))]
    node = onnx.helper.make_node("Conv", ["x", "w", "b"], ["y"], name="first", strides=[2, 2], pads=[2, 1, 2, 3])
    values = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in (("x", [1, 3, None, None]), ("y", [1, 24, None, None]))]
    graph = onnx.helper.make_graph([node], "colours", values[:1], values[1:], weights)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        onnx.save(colours(), work / "colours.onnx")
        for form in FORMS:
            channels = 3 if form.startswith("monochromatic") else 1
            model = work / "colours.onnx" if channels == 3 else ROOT / "Demo/dead_leaves_denoiser.onnx"
            x = np.random.default_rng(0).random((1, channels, 61, 47), dtype=np.float32)
            np.save(work / "x.npy", x)
            small = work / "small.onnx"
            run = subprocess.run([args.kerf, "compress", str(model), "-o", str(small), "--method", form, "--criterion", "filter",
                                  "--shape", f"1,{channels},64,64", "--no-cache", "--json"], capture_output=True, text=True)
            if run.returncode:
                sys.exit(f"{form}: {run.stderr}")
            result = json.loads(run.stdout)
            replaced = sum(layer["form"] is not None for layer in result["layers"])
            onnx.checker.check_model(str(small), full_check=True)
            subprocess.run([args.kerf, "run", str(small), "--input", str(work / "x.npy"), "--output", str(work / "y.npy")], check=True)
            session = ort.InferenceSession(str(small), providers=["CPUExecutionProvider"])
            wanted = session.run(None, {session.get_inputs()[0].name: x})[0]
            error = np.abs(np.load(work / "y.npy") - wanted).max() / np.abs(wanted).max()
            good = error <= 1e-4 and replaced > 0
            failed += not good
            print(f"{'ok ' if good else 'BAD'} {form:29} {replaced} layers replaced, {error:.1e} from onnxruntime {ort.__version__}")
    print(f"{len(FORMS) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
