#!/usr/bin/env python3
"""Rank against fit, time and error rate, as in Petrescu's figures 2 to 5 and 7, on LeNet and SqueezeNet.

    python3 Experiments/rank-curves/run.py [--kerf .build/release/kerf] [--threads 1]

Needs KERF_DATA. Writes lenet.csv and squeezenet.csv beside this file, the plots to sweeps-output/, and the tables of the README.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# name → network, card, options: the ranks of the source where the layer is the source's.
SWEEPS = {
    "lenet": ("mnist_lenet", "mnist", [
        "--layer", "/conv1/Conv", "--layer", "/conv2/Conv", "--form", "separable-bank", "--form", "separable-bank-shared", "--form", "cp",
        *[word for rank in range(4, 26, 2) for word in ("--rank", str(rank))], "--validation", "1000"]),
    "squeezenet": ("imagenet_squeezenet1_1", "imagenet_squeezenet", [
        "--layer", "conv1", "--layer", "fire2/expand3x3", "--layer", "fire9/expand3x3", "--form", "channel", "--form", "spatial", "--form", "cp",
        "--ranks", "5", "--validation", "200"]),
}


def sweep(kerf, name, threads):
    network, card, options = SWEEPS[name]
    out = ROOT / "sweeps-output"
    out.mkdir(exist_ok=True)
    command = [kerf, "sweep", f"{os.environ['KERF_DATA']}/models/{network}.onnx", "--data", str(ROOT / f"Cards/{card}.yaml"), *options, "--time",
               "--accuracy", "--threads", str(threads), "--csv", str(HERE / f"{name}.csv"), "--html", str(out / f"{name}.html"), "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def table(result):
    base = result["metric"]["value"]
    lines = [f"{result['model']['name']}: {base:.2f} {result['metric']['unit']} {result['metric']['name']} as it is, on {result['metric']['count']} images "
             f"of its validation split; {result['machine']['cpu']}, {result['machine']['isa']}, {result['machine']['threads']} thread.", ""]
    for layer in result["layers"]:
        typical = layer.get("typical_rank_of_bank")
        crossovers = ", ".join(f"{form} {','.join(map(str, rank))}" for form, rank in sorted(layer["crossover_ranks"].items())
                               if any(p["form"] == form for p in layer["points"]))
        lines += [f"**{layer['name']}**, {'×'.join(map(str, layer['kernel']))}: typical rank of the bank "
                  f"{' or '.join(map(str, typical)) if typical else 'not known'}, crossover ranks {crossovers}", "",
                  "| form | rank | fit, % | network | ms (dense) | MACs | factorized in |", "|---|---|---|---|---|---|---|"]
        for p in layer["points"]:
            lines.append(f"| {p['form']} | {','.join(map(str, p['rank']))} | {p['fit']:.1f} | {p['metric']:.2f} | {p['milliseconds']:.4f} "
                         f"({p['dense_milliseconds']:.4f}) | {100 * p['macs'] / layer['macs']:.0f} % | {1e3 * p['seconds']:.0f} ms |")
        lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    readme = HERE / "README.md"
    text = readme.read_text()
    for name in SWEEPS:
        found = table(sweep(given.kerf, name, given.threads))
        text = re.sub(rf"(<!-- {name} -->).*?(<!-- /{name} -->)", lambda m: f"{m[1]}\n{found}\n{m[2]}", text, flags=re.S)
        print(found)
    readme.write_text(text)


main()
