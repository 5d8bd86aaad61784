#!/usr/bin/env python3
"""Kerf's CP solvers against TensorLy's parafac on the same kernels, at the same ranks, in turn in one run.

    python3 Scripts/judges/cp_solvers.py --kerf .build/release/kerf [--solver als …] [--quick] [--json OUT]

Kernels: the 3×3 convolutions of trained networks ($KERF_DATA; left out without it) and random tensors of exact rank. For every kernel and rank both factorize
the merged three-way tensor `N × C × (kh·kw)` and the four-way one; printed are fit (per cent) and seconds as the solver comes, then the seconds of the
fewest steps from one start that fit as well as TensorLy (less 0.01), and how many times less than TensorLy's that is. TensorLy: `parafac`, 100 iterations,
tolerance 1e-8, from the SVD.

Exit code 1 if Kerf's fit is as good on fewer than 95 % of the cases.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import onnx
import tensorly
from onnx import TensorProto, helper, numpy_helper
from tensorly.decomposition import parafac

# TensorLy says at every start from the SVD that small modes have fewer vectors than the rank.
warnings.filterwarnings("ignore", module="tensorly")
# A fit lower by this many per cent is the same.
SAME = 0.01
FORMS = {"cp": lambda w: w, "cp-spatial": lambda w: w.reshape(w.shape[0], w.shape[1], -1)}


def exact(shape, rank, seed):
    """A kernel of exact rank: the sum of `rank` random terms."""
    random = np.random.default_rng(seed)
    factors = [random.standard_normal((size, rank)) for size in shape]
    return np.einsum("nr,cr,yr,xr->ncyx", *factors, optimize=True).astype(np.float32)


def trained(quick):
    """(name, kernel) of some 3×3 convolutions of every network, small and large."""
    folder = os.environ.get("KERF_DATA")
    if not folder:
        print("KERF_DATA is not set: trained kernels are left out")
        return
    for path in sorted((pathlib.Path(folder) / "models").glob("*.onnx")):
        weights = [numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer]
        wide = [w for w in weights if w.ndim == 4 and w.shape[2:] == (3, 3) and min(w.shape[:2]) >= 16]
        wide.sort(key=lambda w: w.size)
        for place in sorted({0, len(wide) // 2, len(wide) - 1} if not quick else {0}):
            if wide:
                yield f"{path.stem} {'×'.join(map(str, wide[place].shape))}", wide[place]


def cases(quick):
    for shape, rank in [((16, 16, 3, 3), 8), ((64, 32, 3, 3), 16), ((64, 64, 3, 3), 32), ((128, 128, 3, 3), 64)] + (
        [] if quick else [((256, 256, 3, 3), 128), ((512, 512, 3, 3), 64)]
    ):
        yield f"exact rank {rank}, {'×'.join(map(str, shape))}", exact(shape, rank, 1), [rank]
    for name, w in trained(quick):
        crossover = w.size // (w.shape[0] + w.shape[1] + 6)
        yield name, w, sorted({max(1, crossover // 8), max(1, crossover // 3)})


def network(w, path):
    n, c, h, k = w.shape
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="layer", pads=[h // 2, k // 2, h // 2, k // 2])
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, c, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, n, 8, 8])], [numpy_helper.from_array(w, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def kerf(binary, path, form, rank, solver, *options):
    command = [binary, "sweep", path, "--form", form, "--rank", str(rank), "--solver", solver, *options, "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    point = json.loads(run.stdout)["layers"][0]["points"][0]
    return point["fit"], point["seconds"]


def soon(binary, path, form, rank, solver, fit):
    """Seconds of the fewest steps that fit so well; None if all of them do not."""
    for steps in (3, 5, 8, 12, 20, 30, 50, 80, 150, 300):
        found, seconds = kerf(binary, path, form, rank, solver, "--steps", str(steps), "--starts", "0")
        if found >= fit - SAME:
            return min(seconds, kerf(binary, path, form, rank, solver, "--steps", str(steps), "--starts", "0")[1])
    return None


def peer(w, rank):
    start = time.perf_counter()
    found = parafac(w.astype(np.float64), rank, n_iter_max=100, tol=1e-8, init="svd", random_state=0)
    seconds = time.perf_counter() - start
    return 100 * (1 - float(tensorly.norm(w - tensorly.cp_to_tensor(found)) / tensorly.norm(w))), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=".build/release/kerf")
    parser.add_argument("--solver", action="append", default=[])
    parser.add_argument("--quick", action="store_true", help="small kernels only")
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    solvers = given.solver or ["als"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "one.onnx")
        for name, w, ranks in cases(given.quick):
            network(w, path)
            for rank in ranks:
                for form, shaped in FORMS.items():
                    # In turn: Kerf, the other, Kerf.
                    first = {s: kerf(given.kerf, path, form, rank, s) for s in solvers}
                    fit, seconds = peer(shaped(w), rank)
                    for s in solvers:
                        ours, took = first[s]
                        equal = soon(given.kerf, path, form, rank, s, fit) or took
                        row = {"kernel": name, "form": form, "rank": rank, "solver": s, "fit": ours, "seconds": took, "seconds_to_equal_fit": equal,
                               "tensorly_fit": fit, "tensorly_seconds": seconds, "as_good": ours >= fit - SAME}
                        rows.append(row)
                        print(f"{name:44} {form:10} rank {rank:4} {s:6} fit {ours:7.3f} in {took:7.3f} s, TensorLy {fit:7.3f} in {seconds:7.3f}; "
                              f"equal in {equal:7.3f} s  {seconds / equal:6.1f}×  {'' if row['as_good'] else 'WORSE'}", flush=True)
    failed = False
    for s in solvers:
        mine = [r for r in rows if r["solver"] == s]
        good = [r for r in mine if r["as_good"]]
        print(f"{s}: as good on {len(good)} of {len(mine)} cases")
        for form in FORMS:
            ratios = sorted(r["tensorly_seconds"] / r["seconds_to_equal_fit"] for r in good if r["form"] == form)
            print(f"  {form}: {statistics.median(ratios):.1f} times less time to TensorLy's fit (median; {ratios[0]:.1f} to {ratios[-1]:.1f})")
        failed |= len(good) < 0.95 * len(mine)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(1 if failed else 0)


main()
