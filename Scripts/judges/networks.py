#!/usr/bin/env python3
"""Judges `kerf run` on whole networks: every output must be onnxruntime's to 1e-4 of its largest element.

Inputs are of the kind that each network was trained on (range and layout), sizes small and odd where the network leaves them open.

usage: networks.py [--kerf PATH] [--models DIR] [--threads N] [NAME ...]
"""
import argparse
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

BOUND = 1e-4


def smooth(rng, shape):
    """An image-like array in 0..1: noise summed over scales."""
    batch, channels, height, width = shape
    image = np.zeros(shape)
    for step in (1, 2, 4, 8, 16):
        coarse = rng.random((batch, channels, -(-height // step), -(-width // step)))
        image += step * np.kron(coarse, np.ones((1, 1, step, step)))[:, :, :height, :width]
    return (image / 31).astype(np.float32)


def realistic(name, rng, extents):
    """An input as the network expects it, and its open extents filled in."""
    sizes = {0: 2 if "imagenet" not in name else 1, 2: 47, 3: 58}
    shape = [d if isinstance(d, int) else sizes[i] for i, d in enumerate(extents)]
    image = smooth(rng, shape)
    if name.startswith("sr_rfdn"):
        return image * 255
    if "squeezenet" in name:
        return image * 255 - np.array([104, 117, 123], np.float32).reshape(1, 3, 1, 1)
    if "mobilenet" in name:
        return image * 2 - 1
    if name.startswith("cifar"):
        mean, std = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32).reshape(2, 1, 3, 1, 1)
        return ((image - mean) / std).astype(np.float32)
    if name.startswith("dn_"):
        return (image + rng.standard_normal(shape) * 25 / 255).astype(np.float32)
    return image


def judge(kerf, path, threads, folder):
    name = os.path.basename(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed = {i.name: realistic(name, np.random.default_rng(1), i.shape) for i in session.get_inputs()}
    command = [kerf, "run", path, "--threads", str(threads)]
    for i, (key, value) in enumerate(feed.items()):
        file = os.path.join(folder, f"in{i}.npy")
        np.save(file, value)
        command += ["--input", f"{key}={file}"]
    names = [o.name for o in session.get_outputs()]
    files = [os.path.join(folder, f"out{i}.npy") for i in range(len(names))]
    for key, file in zip(names, files):
        command += ["--output", f"{key}={file}"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        return f"exit {ran.returncode}: {ran.stderr.strip()[-300:]}", False
    worst = 0.0
    for wanted, file in zip(session.run(names, feed), files):
        found = np.load(file)
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            return f"{found.dtype} {found.shape}, wanted {wanted.dtype} {wanted.shape}", False
        worst = max(worst, float(np.abs(found.astype(np.float64) - wanted).max() / max(np.abs(wanted).max(), 1e-30)))
    return f"{worst:.1e}", worst <= BOUND


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=os.path.join(root, ".build", "release", "kerf"))
    parser.add_argument("--models", default=os.path.join(os.environ.get("KERF_DATA", ""), "models"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("names", nargs="*", help="only networks whose file name contains one of these")
    arguments = parser.parse_args()
    paths = sorted(glob.glob(os.path.join(arguments.models, "*.onnx")))
    paths = [p for p in paths if not arguments.names or any(n in os.path.basename(p) for n in arguments.names)]
    if not paths:
        print(f"SKIPPED: no networks in '{arguments.models}' (KERF_DATA unset?)")
        return 0
    failed = 0
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            message, good = judge(arguments.kerf, path, arguments.threads, folder)
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {os.path.basename(path):45} {message}", flush=True)
    print(f"{len(paths) - failed} of {len(paths)} networks within {BOUND:g} of onnxruntime {onnxruntime.__version__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
