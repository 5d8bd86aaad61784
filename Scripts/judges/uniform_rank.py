#!/usr/bin/env python3
"""Uniform ranks on the 15 inner layers of DnCNN-25 against the loss that a plain NumPy implementation reached with data.

    python3 Scripts/judges/uniform_rank.py [--kerf PATH] [--criterion asymmetric] [--all]

4 calibration images, sequential, no fine-tuning, the first 6 images of Set12; loss in dB of `kerf compress --method FORM:rank`. Without --all only
one rank of each form is checked.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BARS = [("channel:32", 1.88), ("spatial:24", 1.93), ("spatial:48", 0.62), ("spatial:32", 1.27), ("spatial:16", 2.84)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--criterion", default="asymmetric")
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    model = pathlib.Path(os.environ["KERF_DATA"]) / "models/dn_dncnn_s25.onnx"
    bars = BARS if args.all else BARS[:2]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for form, bar in bars:
            run = subprocess.run([args.kerf, "compress", str(model), "-o", f"{folder}/small.onnx", "--data", str(ROOT / "Cards/dncnn_s25.yaml"),
                                  "--method", form, "--criterion", args.criterion, "--calibration", "4", "--test", "6", "--json"],
                                 capture_output=True, text=True)
            if run.returncode:
                sys.exit(f"{form}: {run.stderr}")
            result = json.loads(run.stdout)
            replaced = sum(layer["form"] is not None for layer in result["layers"])
            loss = result["before"]["metric"] - result["after"]["metric"]
            good = loss <= bar and replaced >= 15
            failed += not good
            print(f"{'ok ' if good else 'BAD'} {form:12} {args.criterion}: {-loss:+.3f} dB on {replaced} layers, the NumPy reference lost {bar}", flush=True)
    print(f"{len(bars) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
