#!/usr/bin/env python3
"""Measures the table of the README: four networks under three bounds, in float32 and int8, before and after, in Kerf and in onnxruntime.

    python3 Scripts/results.py [--kerf PATH] [--only NAME] [--threads 1] [--rounds 5]

Needs KERF_DATA. Accuracy is what `kerf compress` measured on the card's test split, which nothing else saw; times are taken here, all four
candidates in turn in every round, medians over the rounds. Writes results-output/results.json, Docs/results.md and the README's table.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parent.parent
NETWORKS = {  # name: (card, bound on the metric, unit, input shape timed, options)
    "cifar10_resnet20": ("cifar10", 0.5, "point", [1, 3, 32, 32], ["--calibration", "256"]),
    "imagenet_squeezenet1_1": ("imagenet_squeezenet", 0.5, "point", [1, 3, 227, 227], ["--calibration", "64"]),
    "dn_dncnn_s25": ("dncnn_s25", 0.1, "dB", [1, 1, 256, 256], ["--validation", "12"]),
    "sr_vdsr": ("vdsr", 0.1, "dB", [1, 1, 256, 256], ["--validation", "8", "--calibration", "8"]),
}
# What is asked where form, rank and precision are all free: points or dB.
FREE_DROP = 0.5


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


def kerf_time(kerf, model, shape, threads):
    run = subprocess.run([kerf, "bench", str(model), "--shape", ",".join(map(str, shape)), "--threads", str(threads),
                          "--runs", "3", "--seconds", "0.3", "--json"], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["median_ms"]


def session(model, threads):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def ort_time(running, x):
    name = running.get_inputs()[0].name
    samples = []
    start = time.perf_counter()
    while len(samples) < 3 or time.perf_counter() - start < 0.3:
        before = time.perf_counter()
        running.run(None, {name: x})
        samples.append(1e3 * (time.perf_counter() - before))
    return statistics.median(samples)


def spread(samples):
    return {"median": statistics.median(samples), "low": min(samples), "high": max(samples)}


def measure(kerf, before, after, shape, threads, rounds):
    """Every candidate in turn in every round; the first round warms up."""
    x = ((np.arange(np.prod(shape)) % 251) / 251).astype(np.float32).reshape(shape)
    sessions = [session(before, threads), session(after, threads)]
    samples = {key: [] for key in ("kerf_before", "kerf_after", "ort_before", "ort_after")}
    for round_number in range(rounds + 1):
        taken = {
            "kerf_before": kerf_time(kerf, before, shape, threads), "ort_before": ort_time(sessions[0], x),
            "kerf_after": kerf_time(kerf, after, shape, threads), "ort_after": ort_time(sessions[1], x),
        }
        if round_number:
            for key, value in taken.items():
                samples[key].append(value)
    return {key: spread(values) for key, values in samples.items()}


def row(entry):
    before, after, times = entry["before"], entry["after"], entry["times"]
    m0, m1 = before["measurement"], after["measurement"]
    digits = 3 if m0["unit"] == "dB" else 1
    error = m1.get("standard_error")

    def ms(key):
        t = times[key]
        return f"{t['median']:.3g} ({t['low']:.3g}–{t['high']:.3g})"

    kerf_gain = times["kerf_before"]["median"] / times["kerf_after"]["median"]
    ort_gain = times["ort_before"]["median"] / times["ort_after"]["median"]
    met = "" if entry["reached"] else " (not met)"
    return (f"| {entry['network']} | {entry['goal']}{met} | {m0['value']:.{digits}f} → {m1['value']:.{digits}f} {m0['unit']}"
            f" ({m1['count']} images{f', ± {error:.2f}' if error else ''}) | {before['macs'] / 1e6:.4g} → {after['macs'] / 1e6:.4g} |"
            f" {before['bytes'] / 1e6:.2f} → {after['bytes'] / 1e6:.2f} | {ms('kerf_before')} → {ms('kerf_after')} | **{kerf_gain:.2f}×** |"
            f" {ms('ort_before')} → {ms('ort_after')} | {ort_gain:.2f}× |")


HEAD = ("| network | asked | accuracy on the test split | MMACs | MB | Kerf, ms | gain | onnxruntime, ms | gain |\n"
        "|---|---|---|---|---|---|---|---|---|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--only", action="append", choices=list(NETWORKS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", default=str(ROOT / "results-output"))
    parser.add_argument("--no-write", action="store_true", help="print only; leave README and Docs as they are")
    args = parser.parse_args()
    data = os.environ.get("KERF_DATA")
    if not data:
        sys.exit("results: KERF_DATA is not set: nothing can be measured")
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    # With --only the rest of the table stays as it was measured.
    kept = out / "results.json"
    entries = [e for e in json.loads(kept.read_text()) if e["network"] not in args.only] if args.only and kept.exists() else []
    for name in args.only or NETWORKS:
        card, drop, unit, shape, extra = NETWORKS[name]
        model = pathlib.Path(data) / "models" / f"{name}.onnx"
        asked = (
            (f"max-drop {drop} {unit}", ["--max-drop", str(drop)]), ("speedup 2", ["--speedup", "2"]),
            (f"max-drop {FREE_DROP} {unit}, float32 or int8", ["--max-drop", str(FREE_DROP), "--precision", "auto"]),
        )
        for label, bound in asked:
            small = out / ("-".join([name] + [word.strip("-") for word in bound]) + ".onnx")
            result = compress(args.kerf, model, ROOT / "Cards" / f"{card}.yaml", shape, bound, small, args.threads, extra)
            entry = {"network": name, "goal": label, "reached": result["reached"], "before": result["before"], "after": result["after"],
                     "seconds": result["wall_seconds"], "machine": result["machine"], "warnings": result["warnings"],
                     "forms": [[l["name"], l["form"] or "dense", l["rank"], l["precision"]] for l in result["layers"]
                               if l["form"] or l["precision"] != "float32"],
                     "times": measure(args.kerf, model, small, shape, args.threads, args.rounds)}
            entries.append(entry)
            entries.sort(key=lambda e: list(NETWORKS).index(e["network"]))
            print(row(entry) + f"  {entry['seconds']:.0f} s", flush=True)
        write(entries, out, args)
    print(HEAD)


def describe(name, form, rank, precision):
    return f"{name} {form}{':' if rank else ''}{'/'.join(map(str, rank))}{'' if precision == 'float32' else ' ' + precision}"


def write(entries, out, args):
    """After every network, so that an interrupted run keeps what it measured."""
    (out / "results.json").write_text(json.dumps(entries, indent=1) + "\n")
    machine = entries[0]["machine"]
    table = HEAD + "\n" + "\n".join(row(e) for e in entries)
    note = (f"\n\n{machine['cpu']}, {machine['isa']}, {args.threads} thread(s), batch 1; median (lowest–highest) of {args.rounds} rounds, all four "
            f"candidates in turn in each round; onnxruntime {ort.__version__}; no fine-tuning. Made by `make results`.\n")
    if args.no_write:
        return
    readme = ROOT / "README.md"
    block = f"<!-- results -->\n{table}{note}<!-- /results -->"
    readme.write_text(re.sub(r"<!-- results -->.*<!-- /results -->", lambda _: block, readme.read_text(), flags=re.S))
    seconds = "\n".join(f"- {e['network']}, {e['goal']}: {e['seconds']:.0f} s; "
                        + (", ".join(describe(*form) for form in e["forms"]) or "no layer was replaced") for e in entries)
    (ROOT / "Docs/results.md").write_text(f"# Results\n\n{table}{note}\nWall time of each `kerf compress`, and what it chose:\n\n{seconds}\n")


if __name__ == "__main__":
    main()
