#!/usr/bin/env python3
"""Memory and load time of every trained network, each measured in fresh processes.

    footprint.py [--only NAME] [--threads 1] [--starts 5]

Memory: the most a process had resident after loading and three runs, less the same of a process that loaded nothing (for a peer: Python with the
peer imported). Load time: from the file to the first output, less the time of a later run, so that work put off to the first run counts. Kerf is
started twice: with an empty cache of plans and with the one that the first start left. Medians over the starts.
"""
import argparse
import pathlib
import shlex
import sys
import tempfile

import numpy as np

import bench
import candidate
import convert
import works

HERE = pathlib.Path(__file__).resolve().parent
RUNS = 1


def started(start):
    """(peak bytes, load milliseconds) of a fresh process; the load is None where nothing was loaded."""
    with start() as running:
        ready = running.ready
        if "load_ms" not in ready:
            return running.peak_bytes(), None
        run_ms = float(np.median(running.run(RUNS)))
        loading = ready["load_ms"] + ready.get("plan_ms", 0) + ready["first_run_ms"]
        return running.peak_bytes(), max(0.0, loading - run_ms)


def baselines(given):
    """Peak bytes of each candidate with nothing loaded."""
    starts = {"kerf": lambda: candidate.kerf(given.kerf, threads=given.threads, options=given.kerf_options)}
    starts |= {name: lambda name=name: candidate.peer(name, threads=given.threads) for name in candidate.PEERS}
    return {name: float(np.median([started(start)[0] for _ in range(given.starts)])) for name, start in starts.items()}


def footprint(work, given, empty):
    """Candidate → memory (bytes) and load time (ms); candidates in turn, start after start."""
    model = work.path(given.scratch / "models")
    files, dropped = {name: model for name in candidate.PEERS}, {}
    try:
        files["ncnn"] = convert.to_ncnn(model, work.shape, given.scratch / "ncnn")
    except convert.NotConverted as reason:
        del files["ncnn"]
        dropped["ncnn"] = str(reason)
    samples = {}
    for _ in range(given.starts):
        with tempfile.TemporaryDirectory() as cache:
            start = lambda: candidate.kerf(given.kerf, model, work.shape, given.threads, given.kerf_options, cache)
            samples.setdefault("kerf cold", []).append(started(start))
            samples.setdefault("kerf", []).append(started(start))
        for name, file in files.items():
            samples.setdefault(name, []).append(started(lambda: candidate.peer(name, file, work.shape, given.threads)))
    result = {"name": work.name, "shape": list(work.shape), "starts": given.starts, "dropped": dropped, "memory": {}, "load_ms": {}}
    for name, values in samples.items():
        result["memory"][name] = float(np.median([peak for peak, _ in values])) - empty[name.split()[0]]
        result["load_ms"][name] = float(np.median([load for _, load in values]))
    return result


def line(result):
    text = f"{result['name']:32}"
    for title, key, scale, unit in (("memory", "memory", 2**20, "MiB"), ("load", "load_ms", 1, "ms")):
        values = {name: value / scale for name, value in result[key].items()}
        best = min((name for name in values if not name.startswith("kerf")), key=values.get)
        text += f"  {title}: " + "  ".join(f"{name} {value:.1f}" for name, value in values.items())
        text += f" {unit}, {'met' if values['kerf'] <= values[best] else 'missed'} against {best}"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--core", type=int)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path, default=HERE / "results" / "footprint.json")
    parser.add_argument("--kerf", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "kerf")
    parser.add_argument("--kerf-options", type=shlex.split, default=[])
    parser.add_argument("--scratch", type=pathlib.Path, default=HERE / ".work")
    given = parser.parse_args()
    if works.models_folder() is None:
        print("left out: memory and load time of the trained networks (KERF_DATA is not set)")
        return 0
    candidate.pin(given.threads, given.core)
    empty = baselines(given)
    print("nothing loaded: " + "  ".join(f"{name} {value / 2**20:.1f} MiB" for name, value in empty.items()), flush=True)
    results = bench.load(given.json)
    results["machine"] = {**bench.machine(), "empty": empty, "threads": given.threads}
    for work in works.selected(["networks"], given.only):
        if work.shape[0] == 1:
            results["works"][work.name] = footprint(work, given, empty)
            bench.save(given.json, results)
            print(line(results["works"][work.name]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
