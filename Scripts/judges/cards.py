#!/usr/bin/env python3
"""Measures the data cards with `kerf eval` against the published reference figures of the networks (KERF_DATA's README).

    python3 Scripts/judges/cards.py [--kerf PATH] [NAME ...]

Tolerances: 0.1 point, 0.02 dB; 0.05 dB where the noise is by Kerf's own generator.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIGURES = [  # model, card, split, metric, reference, tolerance
    ("mnist_lenet", "mnist", "test", "top-1", 99.04, 0.1),
    ("cifar10_resnet20", "cifar10", "test", "top-1", 91.5, 0.1),
    ("cifar10_resnet20", "cifar10", "jpeg", "top-1", 81.03, 0.1),
    ("cifar10_resnet32", "cifar10", "test", "top-1", 92.8, 0.1),
    ("cifar10_resnet32", "cifar10", "jpeg", "top-1", 82.56, 0.1),
    ("imagenet_squeezenet1_1", "imagenet_squeezenet", "all", "top-1", 62.0, 0.1),
    ("imagenet_squeezenet1_1", "imagenet_squeezenet", "all", "top-5", 83.6, 0.1),
    ("imagenet_mobilenet_v1_0.75_192", "imagenet_mobilenet_v1", "all", "top-1", 76.0, 0.1),
    ("imagenet_mobilenet_v1_0.75_192", "imagenet_mobilenet_v1", "all", "top-5", 93.7, 0.1),
    ("imagenet_mobilenet_v2_1.0_224", "imagenet_mobilenet_v2", "all", "top-1", 87.4, 0.1),
    ("imagenet_mobilenet_v2_1.0_224", "imagenet_mobilenet_v2", "all", "top-5", 97.7, 0.1),
    ("dn_dncnn_s15", "dncnn_s15", "test", "psnr", 32.847, 0.05),
    ("dn_dncnn_s25", "dncnn_s25", "test", "psnr", 30.413, 0.05),
    ("sr_vdsr", "vdsr", "set5", "psnr", 31.442, 0.02),
    ("sr_vdsr", "vdsr", "test", "psnr", 28.146, 0.02),
    ("sr_imdn_x4", "imdn", "set5", "psnr", 32.211, 0.02),
    ("sr_imdn_x4", "imdn", "test", "psnr", 28.587, 0.02),
    ("sr_rfdn_x4", "rfdn", "set5", "psnr", 32.161, 0.02),
    ("sr_rfdn_x4", "rfdn", "test", "psnr", 28.650, 0.02),
    ("sr_realesr_general_x4v3", "realesr", "set5", "psnr", 26.641, 0.02),
    ("sr_realesr_general_x4v3", "realesr", "test", "psnr", 25.194, 0.02),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    models = pathlib.Path(os.environ["KERF_DATA"]) / "models"
    measured, off, seen = {}, 0, 0
    for model, card, split, metric, reference, tolerance in FIGURES:
        if args.names and not any(n in model for n in args.names):
            continue
        key = (model, split)
        if key not in measured:
            path = str(models / f"{model}.onnx")
            command = [args.kerf, "eval", path, "--original", path, "--data", str(ROOT / "Cards" / f"{card}.yaml"), "--split", split, "--json"]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                sys.exit(f"{' '.join(command)}\n{run.stderr}")
            measured[key] = json.loads(run.stdout)["metrics"]
        figure = next(m for m in measured[key] if m["metric"] == metric)
        good = abs(figure["value"] - reference) <= tolerance + 1e-9
        off += not good
        seen += 1
        print(f"{'ok ' if good else 'OFF'} {model:32} {split:6} {metric:6} {figure['value']:8.3f} {figure['unit']:2} "
              f"({figure['count']} images), reference {reference} ± {tolerance}", flush=True)
    print(f"{seen - off} passed, {off} failed")
    return off > 0


if __name__ == "__main__":
    sys.exit(main())
