#!/usr/bin/env python3
"""Rank against fit, time and error rate, as in Petrescu's figures 2 to 5 and 7, on LeNet and SqueezeNet; approximated filters, as in Denton's figure 9;
condition numbers of all layers, as in Sedky & Hosmer's figure 2, on both and on a super-resolution network.

    python3 Experiments/rank-curves/run.py [--kerf .build/release/kerf] [--threads 1]

Needs KERF_DATA. Writes lenet.csv, squeezenet.csv, filters.csv and conditions.csv beside this file, the pages with plots and filters to sweeps-output/, and the tables of
the README.
"""
import argparse
import csv
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
        *[word for rank in range(4, 26, 2) for word in ("--rank", str(rank))], "--validation", "1000", "--time"]),
    "squeezenet": ("imagenet_squeezenet1_1", "imagenet_squeezenet", [
        "--layer", "conv1", "--layer", "fire2/expand3x3", "--layer", "fire9/expand3x3", "--form", "channel", "--form", "spatial", "--form", "cp",
        "--ranks", "5", "--validation", "200", "--time"]),
    # The first layer by the source's own way (greedy), by the usual one, and as filters of one colour each.
    "filters": ("imagenet_squeezenet1_1", "imagenet_squeezenet", [
        "--layer", "conv1", "--form", "cp", "--form", "monochromatic", "--solver", "greedy", "--solver", "als", "--ranks", "6", "--validation", "200"]),
}
# Every layer of these; the third is the nearest relative at hand of the source's ESRGAN.
CONDITIONS = ["mnist_lenet", "imagenet_squeezenet1_1", "sr_realesr_general_x4v3"]


def kerf_sweep(kerf, network, page, *options):
    out = ROOT / "sweeps-output"
    out.mkdir(exist_ok=True)
    command = [kerf, "sweep", f"{os.environ['KERF_DATA']}/models/{network}.onnx", *options, "--html", str(out / f"{page}.html"), "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def sweep(kerf, name, threads):
    network, card, options = SWEEPS[name]
    return kerf_sweep(kerf, network, name, "--data", str(ROOT / f"Cards/{card}.yaml"), *options, "--accuracy", "--threads", str(threads),
                      "--csv", str(HERE / f"{name}.csv"))


def correlation(pairs):
    """Spearman's: of the places of the values, equal ones sharing the mean of theirs; None of fewer than three."""
    def places(values):
        return [sum(w < v for w in values) + (sum(w == v for w in values) - 1) / 2 for v in values]
    if len(pairs) < 3:
        return None
    a, b = (places(list(values)) for values in zip(*pairs))
    mean = (len(pairs) - 1) / 2
    spread = [sum((v - mean) ** 2 for v in values) for values in (a, b)]
    return sum((v - mean) * (w - mean) for v, w in zip(a, b)) / (spread[0] * spread[1]) ** 0.5


def conditions(kerf):
    """Condition numbers of the unfoldings, and whether they tell at what fit a layer bears the spatial form with about half its work."""
    lines = ["| network | layers | condition number, channel | spatial | 1×1 and dense | marked (one at least 20) | fit at half work: correlation with condition"
             " number | with stable rank |", "|---|---|---|---|---|---|---|---|"]
    rows = []
    for network in CONDITIONS:
        result = kerf_sweep(kerf, network, f"{network}-conditions", "--form", "spatial", "--ranks", "12",
                            *(["--shape", "1,3,64,64"] if network.startswith("sr_") else []))
        found, fits = {}, []
        for layer in result["layers"]:
            spectra = {s["name"]: s for s in layer["spectra"]}
            for name, s in spectra.items():
                found.setdefault(name, []).append(float(s["condition_number"]))
                rows.append([network, layer["name"], name, "x".join(map(str, s["shape"])), s["condition_number"], s["stable_rank"]])
            if layer["points"]:
                half = min(layer["points"], key=lambda p: abs(p["macs"] / layer["macs"] - 0.5))
                fits.append((half["fit"], spectra["spatial"]))
        marked = sum(any(float(s["condition_number"]) >= result["condition_threshold"] for s in layer["spectra"]) for layer in result["layers"])

        def span(name):
            return f"{min(found[name]):.3g}–{max(found[name]):.3g}" if name in found else "–"

        def told(by):
            value = correlation([(fit, float(s[by])) for fit, s in fits])
            return f"{value:+.2f} ({len(fits)} layers)" if value is not None else "–"
        lines.append(f"| {network} | {len(result['layers'])} | {span('channel')} | {span('spatial')} | {span('fc-svd')} | {marked} |"
                     f" {told('condition_number')} | {told('stable_rank')} |")
    with open(HERE / "conditions.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["network", "layer", "unfolding", "shape", "condition_number", "stable_rank"], *rows])
    return "\n".join(lines)


def ms(point):
    return f"{point['milliseconds']:.4f} ({point['dense_milliseconds']:.4f})" if point.get("milliseconds") else "–"


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
            lines.append(f"| {p['form']}{' ' + p['solver'] if p.get('solver') else ''} | {','.join(map(str, p['rank']))} | {p['fit']:.1f} | {p['metric']:.2f} | {ms(p)} "
                         f"| {100 * p['macs'] / layer['macs']:.0f} % | {1e3 * p['seconds']:.0f} ms |")
        lines.append("")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[*SWEEPS, "conditions"], help="leave the other tables as they are")
    given = parser.parse_args()
    readme = HERE / "README.md"
    text = readme.read_text()
    for name in given.only or [*SWEEPS, "conditions"]:
        found = conditions(given.kerf) if name == "conditions" else table(sweep(given.kerf, name, given.threads))
        text = re.sub(rf"(<!-- {name} -->).*?(<!-- /{name} -->)", lambda m: f"{m[1]}\n{found}\n{m[2]}", text, flags=re.S)
        print(found)
    readme.write_text(text)


main()
