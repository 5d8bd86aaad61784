#!/usr/bin/env python3
"""Do the solvers converge, in how much memory, and how do Tucker's sweeps compare: banks of filters over 20 seeds, a large tensor of exact rank.

    python3 Experiments/cp-solvers/run.py [--kerf .build/release/kerf] [--part banks|large|tucker …]

Needs numpy, onnx and tensorly; with KERF_DATA Tucker's kernels are trained ones too. Writes the tables of the README.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import tensorly
from onnx import TensorProto, helper, numpy_helper
from tensorly.decomposition import partial_tucker

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOLVERS = ["als", "nls", "ncg"]
SEEDS = 20
# A fit within so many per cent of the best is the same.
SAME = 0.1


def network(w, path):
    n, c, h, k = w.shape
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="layer", pads=[h // 2, k // 2, h // 2, k // 2])
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, c, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, n, 16, 16])], [numpy_helper.from_array(w.astype(np.float32), "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def sweep(kerf, path, form, rank, *options):
    """Fit, seconds of the solver and the peak bytes of the process."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([kerf, "sweep", path, "--form", form, "--rank", rank, *map(str, options), "--json"], stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"kerf sweep {form} {rank} {options}: exit code {child.returncode}")
        out.seek(0)
        point = json.load(out)["layers"][0]["points"][0]
    return point["fit"], point["seconds"], 1024 * usage.ru_maxrss


def gabor_bank(count, size, seed=1):
    """Edges and blobs of random place, width, direction and wavelength, as first layers learn them."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    filters = []
    for _ in range(count):
        angle, phase = random.uniform(0, np.pi), random.uniform(0, 2 * np.pi)
        width, wave = random.uniform(0.12, 0.3) * size, random.uniform(0.25, 1) * size
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        filters.append(np.exp(-(u**2 + v**2 / random.uniform(0.5, 2)) / (2 * width**2)) * np.cos(2 * np.pi * u / wave + phase))
    bank = np.stack(filters)
    bank += 0.01 * np.abs(bank).max() * random.standard_normal(bank.shape)
    return bank[:, None]


def smooth_bank(count, size, seed=1):
    """White noise smoothed by [1 2 1] along both axes."""
    bank = np.random.default_rng(seed).standard_normal((count, size + 2, size + 2))
    bank = bank[:, :-2] + 2 * bank[:, 1:-1] + bank[:, 2:]
    return (bank[:, :, :-2] + 2 * bank[:, :, 1:-1] + bank[:, :, 2:])[:, None]


def banks(kerf, folder):
    path = os.path.join(folder, "bank.onnx")
    lines = ["| bank | rank | solver | converged | fit: best, worst | seconds, mean |", "|---|---|---|---|---|---|"]
    for name, bank, ranks in (("64×11×11, oriented edges", gabor_bank(64, 11), [45]), ("256×5×5, smooth noise", smooth_bank(256, 5), [8, 16, 19, 24])):
        network(bank, path)
        for rank in ranks:
            runs = {s: [sweep(kerf, path, "separable-bank-shared", str(rank), "--solver", s, "--seed", seed) for seed in range(1, SEEDS + 1)] for s in SOLVERS}
            # Where at least four times the steps go further, the default ones had not converged.
            longer = [sweep(kerf, path, "separable-bank-shared", str(rank), "--solver", s, "--seed", 1, "--steps", 4800 if s == "nls" else 38400)[0] for s in SOLVERS]
            best = max(longer + [fit for found in runs.values() for fit, _, _ in found])
            for solver, found in runs.items():
                fits = [fit for fit, _, _ in found]
                good = sum(fit >= best - SAME for fit in fits)
                lines.append(f"| {name} | {rank} | {solver} | {good} of {SEEDS} | {max(fits):.3f}, {min(fits):.3f} | {np.mean([s for _, s, _ in found]):.2f} |")
                print(lines[-1], flush=True)
    return lines + ["", f"Converged: a fit within {SAME} points of the best of all solvers, all {SEEDS} seeds, and at least four times the steps."]


def large(kerf, folder):
    path, shape, rank = os.path.join(folder, "large.onnx"), (512, 512, 3, 3), 576
    random = np.random.default_rng(1)
    factors = [random.standard_normal((size, rank)) for size in shape]
    taps = np.einsum("yr,xr->ryx", factors[2], factors[3]).reshape(rank, -1)
    w = np.stack([(factors[0] * taps[:, tap]) @ factors[1].T for tap in range(9)], axis=-1).reshape(shape)
    network(w, path)
    lines = ["| form | solver | steps | fit, % | seconds | peak memory of the process, MB |", "|---|---|---|---|---|---|"]
    for form in ("cp", "cp-spatial"):
        for solver, steps in (("als", 40), ("nls", 6), ("ncg", 20)):
            fit, seconds, peak = sweep(kerf, path, form, str(rank), "--solver", solver, "--steps", steps, "--starts", 0)
            lines.append(f"| {form} | {solver} | {steps} | {fit:.3f} | {seconds:.1f} | {peak / 1e6:.0f} |")
            print(lines[-1], flush=True)
    return lines + ["", f"A random kernel {'×'.join(map(str, shape))} of exact rank {rank}, one start."]


def tucker(kerf, folder):
    path = os.path.join(folder, "tucker.onnx")
    kernels = [("random 128×128×3×3", np.random.default_rng(1).standard_normal((128, 128, 3, 3)))]
    for file in ("dn_dncnn_s25", "cifar10_resnet20", "imagenet_squeezenet1_1"):
        if "KERF_DATA" in os.environ:
            weights = [numpy_helper.to_array(i) for i in onnx.load(f"{os.environ['KERF_DATA']}/models/{file}.onnx").graph.initializer]
            wide = sorted((w for w in weights if w.ndim == 4 and w.shape[2:] == (3, 3) and min(w.shape[:2]) >= 16), key=lambda w: w.size)
            kernels.append((f"{file} {'×'.join(map(str, wide[-1].shape))}", wide[-1]))
    lines = ["| kernel | ranks | HOOI fit, % | seconds | TensorLy fit, % | seconds |", "|---|---|---|---|---|---|"]
    for name, w in kernels:
        network(w, path)
        for share in (4, 2):
            k1, k2 = w.shape[1] // share, w.shape[0] // share
            fit, seconds, _ = sweep(kerf, path, "tucker2", f"{k1},{k2}")
            start = time.perf_counter()
            found = partial_tucker(w.astype(np.float64), rank=[k2, k1], modes=[0, 1], init="svd")
            (core, factors), took = found[0] if isinstance(found[0], tuple) else found, time.perf_counter() - start
            made = tensorly.tenalg.multi_mode_dot(core, factors, modes=[0, 1])
            other = 100 * (1 - np.linalg.norm(w - made) / np.linalg.norm(w))
            lines.append(f"| {name} | {k1}, {k2} | {fit:.3f} | {seconds:.3f} | {other:.3f} | {took:.3f} |")
            print(lines[-1], flush=True)
    return lines + ["", f"TensorLy {tensorly.__version__}: `partial_tucker` with its defaults, from the SVD."]


PARTS = {"banks": banks, "large": large, "tucker": tucker}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--part", action="append", choices=PARTS)
    given = parser.parse_args()
    readme = HERE / "README.md"
    for part in given.part or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            lines = PARTS[part](given.kerf, folder)
        text = readme.read_text()
        readme.write_text(re.sub(rf"(<!-- {part} -->).*?(<!-- /{part} -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n" + m[2], text, flags=re.S))


main()
