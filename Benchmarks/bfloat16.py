#!/usr/bin/env python3
"""What bfloat16 arithmetic brings and costs: Kerf with it against Kerf in float32, in turn, and the accuracy of both.

    bfloat16.py [--family vgg] [--only NAME] [--threads 1] [--rounds 15] [--json results/bfloat16.json]

Time: two processes with the same network, asked in turn; the best round of each counts. Accuracy: `kerf eval` on the network's data card in
float32, in bfloat16, and in bfloat16 with `--exact`, where no convolution that could run so is left to Winograd's filtering in float32.
Needs a processor with AVX-512 BF16; the trained networks need KERF_DATA.
"""
import argparse
import contextlib
import json
import pathlib
import subprocess
import sys

import calibration
import candidate
import files
import measure
import works
from tables import milliseconds, rows

HERE = pathlib.Path(__file__).resolve().parent
ARITHMETIC = {"float32": [], "bfloat16": ["--arithmetic", "bfloat16"], "bfloat16, no Winograd": ["--arithmetic", "bfloat16", "--exact"]}


def timed(work, given):
    """Best milliseconds of float32 and bfloat16, and the processor."""
    model = work.path(given.scratch / "models")
    with contextlib.ExitStack() as stack:
        running = {
            name: stack.enter_context(candidate.kerf(given.kerf, model, work.shape, given.threads, ARITHMETIC[name], given.scratch / "cache"))
            for name in ("float32", "bfloat16")
        }
        runs = {name: int(min(measure.LONGEST_BURST, max(1, measure.SHARE_MS / min(c.run(2))))) for name, c in running.items()}
        best = {name: min(c.run(1)) for name, c in running.items()}
        for turn in range(given.rounds):
            for name in list(running)[:: 1 if turn % 2 else -1]:
                best[name] = min(best[name], *running[name].run(runs[name]))
        ready = running["float32"].ready
    return best, f"{ready['cpu']}, {ready['isa']}, threads: {given.threads}, Kerf {ready['version']}"


def accuracy(work, given):
    """Arithmetic → value of the card's metric, with its unit and how many images it is of; None without a card."""
    if work.network not in calibration.NETWORKS:
        return None
    card = files.CARDS / f"{calibration.NETWORKS[work.network][0]}.yaml"
    found = {}
    for name, options in ARITHMETIC.items():
        model = str(work.path(given.scratch))
        command = [str(given.kerf), "eval", model, "--original", model, "--data", str(card), "--json", *options]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        found[name] = told["value"]
    return {"values": found, "metric": f"{told['metric']}, {told['unit']}", "count": told["count"], "standard_error": told["standard_error"]}


def markdown(results):
    speed = [[name, milliseconds(r["ms"]["float32"]), milliseconds(r["ms"]["bfloat16"]), f"{r['ms']['float32'] / r['ms']['bfloat16']:.2f}"]
             for name, r in results["works"].items()]
    loss = [[name, r["accuracy"]["metric"], str(r["accuracy"]["count"]), *[f"{v:.3f}" for v in r["accuracy"]["values"].values()],
             f"{r['accuracy']['standard_error']:.3f}"] for name, r in results["works"].items() if r["accuracy"]]
    return (f"# bfloat16 arithmetic\n\nWritten by `bfloat16.py`: {results['machine']}; best of {results['rounds']} rounds in turn.\n\n"
            + rows(["network", "float32, ms", "bfloat16, ms", "speed-up"], speed)
            + ("\n" + rows(["network", "measure", "images", *ARITHMETIC, "standard error"], loss) if loss else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", action="append", default=[], choices=["dense", "factorized", "shapes", "vgg", "networks"])
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=pathlib.Path, default=HERE / "results" / "bfloat16.json")
    parser.add_argument("--kerf", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "kerf")
    parser.add_argument("--scratch", type=pathlib.Path, default=HERE / ".work")
    given = parser.parse_args()
    results = {"rounds": given.rounds, "works": {}}
    for work in works.selected(given.family or ["vgg", "networks"], given.only):
        if work.build is None and works.models_folder() is None:
            print(f"left out: {work.name} (KERF_DATA is not set)")
            continue
        try:
            ms, results["machine"] = timed(work, given)
        except candidate.CandidateFailed as reason:
            print(f"left out: {reason}", file=sys.stderr)
            return 2
        found = accuracy(work, given) if work.shape[0] == 1 else None
        results["works"][work.name] = {"ms": ms, "accuracy": found}
        print(f"{work.name:32} {ms['float32']:9.3f} {ms['bfloat16']:9.3f} {ms['float32'] / ms['bfloat16']:6.2f}  {found['values'] if found else ''}", flush=True)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(results, indent=1) + "\n")
    given.json.with_suffix(".md").write_text(markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
