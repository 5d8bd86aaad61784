#!/usr/bin/env python3
"""Measures the table of the README: seven networks under bounds on the metric, in float32 and in float32 or int8, and on the size, before and after, in Kerf, onnxruntime and ncnn.

    .venv-bench/bin/python Scripts/results.py [--kerf PATH] [--only NAME] [--asked PATTERN] [--threads 1] [--rounds 9]

Needs KERF_DATA. Accuracy is what `kerf compress` measured on the card's test split, which nothing else saw; times are taken here as the benchmarks
take them, all candidates in turn in every round, medians over the quicker half of the rounds. Beside it stands what uniform ranks give by a plain script (`plain.py`) within the same bound on the same
validation images. Writes results-output/results.json, Docs/results.md and the README's table.
"""
import argparse
import contextlib
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "Benchmarks"))

import candidate
import convert
import results_tables as tables
from plain import within

NETWORKS = {  # name: (card, two bounds on the metric, unit, input shape timed, images to choose by)
    "cifar10_resnet20": ("cifar10", (0.5, 2), "point", [1, 3, 32, 32], None),
    "imagenet_squeezenet1_1": ("imagenet_squeezenet", (0.5, 2), "point", [1, 3, 227, 227], None),
    "imagenet_mobilenet_v2_1.0_224": ("imagenet_mobilenet_v2", (0.5, 2), "point", [1, 3, 224, 224], None),
    "dn_dncnn_s25": ("dncnn_s25", (0.1, 0.5), "dB", [1, 1, 256, 256], 12),
    "sr_vdsr": ("vdsr", (0.1, 0.5), "dB", [1, 1, 256, 256], None),
    "sr_imdn_x4": ("imdn", (0.1, 0.5), "dB", [1, 3, 64, 64], None),
    "sr_realesr_general_x4v3": ("realesr", (0.1, 0.5), "dB", [1, 3, 64, 64], None),
}
SMALLER = {"cifar10_resnet20": (17, 30, 50)}  # percent of the file, as ALDS (Liebenwein et al. 2021) states its results without fine-tuning


def compress(kerf, model, card, shape, bound, out, threads, extra):
    command = [kerf, "compress", str(model), "-o", str(out), "--data", str(card), "--json", "--threads", str(threads),
               "--shape", ",".join(map(str, shape))] + bound + extra
    start = time.time()
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    result = json.loads(run.stdout)
    result["wall_seconds"] = time.time() - start
    return result


def validation(kerf, card, limit, original):
    def metric(model):
        command = [kerf, "eval", str(model), "--data", str(card), "--original", str(original), "--split", "validation", "--json"]
        command += ["--limit", str(limit)] if limit else []
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["value"]
    return metric


def tested(kerf, card, model, original):
    run = subprocess.run([kerf, "eval", str(model), "--data", str(card), "--original", str(original), "--json"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["value"]


def spread(samples):
    """The median over the quicker half, as `kerf compress` takes it: what disturbs a round only ever makes it slower."""
    return {"median": statistics.median(sorted(samples)[:(len(samples) + 1) // 2]), "low": min(samples), "high": max(samples)}


def measure(kerf, before, after, plain, shape, threads, rounds, scratch):
    """Every candidate in turn in every round, each for 0.3 s or more; the first round warms up. ncnn has the original only, where it can take it."""
    with contextlib.ExitStack() as running:
        candidates = {}
        for word, path in (("before", before), ("after", after), *plain.items()):
            candidates[f"kerf_{word}"] = running.enter_context(candidate.kerf(kerf, path, shape, threads))
            candidates[f"ort_{word}"] = running.enter_context(candidate.peer("onnxruntime", path, shape, threads))
        try:
            candidates["ncnn_before"] = running.enter_context(candidate.peer("ncnn", convert.to_ncnn(before, shape, scratch), shape, threads))
        except (convert.NotConverted, candidate.CandidateFailed) as reason:
            print(f"{before.name}: ncnn is left out: {reason}", file=sys.stderr)
        samples = {key: [] for key in candidates}
        times = {key: max(3, math.ceil(300 / statistics.median(one.run(3)))) for key, one in candidates.items()}
        for _ in range(rounds):
            for key, one in candidates.items():
                samples[key].append(statistics.median(one.run(times[key])))
        return {key: spread(values) for key, values in samples.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--only", action="append", choices=list(NETWORKS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", default=str(ROOT / "results-output"))
    parser.add_argument("--asked", action="append", metavar="PATTERN", help="rows whose second column has this regular expression, such as int8; may be repeated")
    parser.add_argument("--no-write", action="store_true", help="print only; leave README and Docs as they are")
    args = parser.parse_args()
    data = os.environ.get("KERF_DATA")
    if not data:
        sys.exit("results: KERF_DATA is not set: nothing can be measured")
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "results.json"
    # What is not measured now stays as it was.
    entries = json.loads(kept.read_text()) if kept.exists() and (args.only or args.asked) else []
    for name in args.only or NETWORKS:
        card, drops, unit, shape, images = NETWORKS[name]
        model, card = pathlib.Path(data) / "models" / f"{name}.onnx", ROOT / "Cards" / f"{card}.yaml"
        extra = ["--validation", str(images)] if images else []
        asked = [(f"max-drop {drop} {unit}", drop, ["--max-drop", str(drop)]) for drop in drops]
        asked += [(f"max-drop {drops[1]} {unit}, float32 or int8", None, ["--max-drop", str(drops[1]), "--precision", "auto"])]
        asked += [(f"size −{share} %", None, ["--size", str(model.stat().st_size * (100 - share) // 100)]) for share in SMALLER.get(name, ())]
        for label, drop, options in asked:
            if args.asked and not any(re.search(pattern, label) for pattern in args.asked):
                continue
            small = out / ("-".join([name] + [word.strip("-") for word in options]) + ".onnx")
            result = compress(args.kerf, model, card, shape, options, small, args.threads, extra)
            plain = {} if drop is None else within(model, drop, validation(args.kerf, card, images, model), out)
            entry = {"network": name, "goal": label, "rounds": args.rounds, "threads": args.threads, "onnxruntime": onnxruntime.__version__,
                     "seconds": result["wall_seconds"], **{key: result[key] for key in ("reached", "before", "after", "candidates", "machine", "warnings")},
                     "forms": [[l["name"], l["form"] or "dense", l["rank"], l["precision"]] for l in result["layers"]
                               if l["form"] or l["precision"] != "float32"],
                     "plain": None if drop is None else {word: {"share": share, "test": tested(args.kerf, card, path, model)} for word, (path, share) in plain.items()},
                     "times": measure(args.kerf, model, small, {word: path for word, (path, _) in plain.items()}, shape, args.threads, args.rounds, out)}
            entries = [e for e in entries if (e["network"], e["goal"]) != (name, label)] + [entry]
            entries.sort(key=lambda e: list(NETWORKS).index(e["network"]))
            print(tables.table(tables.LONG, [entry]).splitlines()[-1], f"{entry['seconds']:.0f} s", flush=True)
            # After every row, so that an interrupted run keeps what it measured.
            kept.write_text(json.dumps(entries, indent=1) + "\n")
            if not args.no_write:
                tables.write(entries)


if __name__ == "__main__":
    main()
