#!/usr/bin/env python3
"""Writes the bundled network in every form and compares Kerf's output of the file with onnxruntime's (1e-4 relative), and with onnx.checker.

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
         "bicluster-uniform:2,2,12", "bicluster-svd:2,2,8,8", "bicluster-svd-uniform:2,2,8,8"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    args = parser.parse_args()
    model = ROOT / "Demo/dead_leaves_denoiser.onnx"
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        x = np.random.default_rng(0).random((1, 1, 61, 47), dtype=np.float32)
        np.save(work / "x.npy", x)
        for form in FORMS:
            small = work / "small.onnx"
            run = subprocess.run([args.kerf, "compress", str(model), "-o", str(small), "--method", form, "--criterion", "filter",
                                  "--shape", "1,1,64,64", "--no-cache", "--json"], capture_output=True, text=True)
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
            print(f"{'ok ' if good else 'BAD'} {form:14} {replaced} layers replaced, {error:.1e} from onnxruntime {ort.__version__}")
    print(f"{len(FORMS) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
