#!/usr/bin/env python3
"""Compares the speed of `kerf bench` with onnxruntime's on the same files, in turn in one run.

Each round times Kerf (a process of its own) and then onnxruntime for the same number of runs; the medians over all rounds and the quartiles of
the rounds' ratios are printed (above 1: Kerf is faster). With --floor the exit code is 1 where a median ratio lies below it.


usage: speed.py [--kerf PATH] [--models DIR] [--threads N] [--rounds N] [--floor RATIO] [--json FILE] [NAME ...]
"""
import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np
import onnxruntime

# File, shape, runs in a round.
WORK = {
    "dn_dncnn_s25": ("dn_dncnn_s25.onnx", (1, 1, 256, 256), 2),
    "cifar10_resnet20": ("cifar10_resnet20.onnx", (1, 3, 32, 32), 100),
    "cifar10_resnet20@100": ("cifar10_resnet20.onnx", (100, 3, 32, 32), 5),
    "cifar10_resnet32": ("cifar10_resnet32.onnx", (1, 3, 32, 32), 100),
    "mnist_lenet": ("mnist_lenet.onnx", (1, 1, 28, 28), 300),
    "imagenet_mobilenet_v1": ("imagenet_mobilenet_v1_0.75_192.onnx", (1, 3, 192, 192), 20),
    "imagenet_mobilenet_v2": ("imagenet_mobilenet_v2_1.0_224.onnx", (1, 3, 224, 224), 20),
    "imagenet_squeezenet1_1": ("imagenet_squeezenet1_1.onnx", (1, 3, 227, 227), 20),
    "sr_imdn_x4": ("sr_imdn_x4.onnx", (1, 3, 128, 128), 2),
    "sr_rfdn_x4": ("sr_rfdn_x4.onnx", (1, 3, 128, 128), 2),
    "sr_realesr_general_x4v3": ("sr_realesr_general_x4v3.onnx", (1, 3, 128, 128), 2),
    "sr_vdsr": ("sr_vdsr.onnx", (1, 1, 256, 256), 1),
}
STANDARD = ["dn_dncnn_s25", "cifar10_resnet20", "cifar10_resnet20@100"]


def time_kerf(kerf, path, name, shape, runs, threads):
    command = [
        kerf, "bench", path, "--shape", f"{name}=" + ",".join(map(str, shape)), "--threads", str(threads), "--runs", str(runs),
        "--seconds", "0", "--json",
    ]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit {ran.returncode}: {ran.stderr.strip()[-300:]}")
    return json.loads(ran.stdout)


def time_onnxruntime(session, feed, runs):
    session.run(None, feed)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times))


def compare(kerf, models, work, threads, rounds):
    file, shape, runs = WORK[work]
    path = os.path.join(models, file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    feed = {name: np.random.default_rng(0).random(shape, np.float32)}
    ours, theirs, isa = [], [], ""
    for _ in range(rounds):
        result = time_kerf(kerf, path, name, shape, runs, threads)
        ours.append(result["median_ms"])
        isa = result["isa"]
        theirs.append(time_onnxruntime(session, feed, runs))
    ratios = np.array(theirs) / np.array(ours)
    low, middle, high = np.quantile(ratios, [0.25, 0.5, 0.75])
    return {
        "work": work, "shape": list(shape), "threads": threads, "isa": isa, "kerf_ms": float(np.median(ours)),
        "onnxruntime_ms": float(np.median(theirs)), "kerf_min_ms": min(ours), "onnxruntime_min_ms": min(theirs), "ratio": float(middle),
        "ratio_quartiles": [float(low), float(high)], "rounds": rounds,
    }


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=os.path.join(root, ".build", "release", "kerf"))
    parser.add_argument("--models", default=os.path.join(os.environ.get("KERF_DATA", ""), "models"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--floor", type=float)
    parser.add_argument("--json")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(WORK)}, or 'all'; without: {', '.join(STANDARD)}")
    arguments = parser.parse_args()
    if not os.path.isdir(arguments.models):
        print(f"SKIPPED: no networks in '{arguments.models}' (KERF_DATA unset?)")
        return 0
    names = arguments.names or STANDARD
    names = list(WORK) if names == ["all"] else names
    print(f"onnxruntime {onnxruntime.__version__}, {arguments.threads} thread(s), load {os.getloadavg()[0]:.1f}")
    results, slow = [], []
    for work in names:
        r = compare(arguments.kerf, arguments.models, work, arguments.threads, arguments.rounds)
        results.append(r)
        if arguments.floor and r["ratio"] < arguments.floor:
            slow.append(work)
        print(
            f"{work:26} {'×'.join(map(str, r['shape'])):16} {r['isa']:7} kerf {r['kerf_ms']:9.3f} ms  onnxruntime {r['onnxruntime_ms']:9.3f} ms  "
            f"ratio {r['ratio']:.2f} ({r['ratio_quartiles'][0]:.2f}–{r['ratio_quartiles'][1]:.2f})  minima {r['kerf_min_ms']:.3f} / "
            f"{r['onnxruntime_min_ms']:.3f}",
            flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(results, file, indent=2)
    if slow:
        print(f"below {arguments.floor}: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
