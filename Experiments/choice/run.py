#!/usr/bin/env python3
"""Whether the choice under a bound is ever worse than one form at one rank throughout: every form by itself, uniformly, under the same bound.

    python3 Experiments/choice/run.py [--kerf .build/release/kerf] [--speedup 2] [--only sr_vdsr]

Needs KERF_DATA. Writes the table and the verdict of the README; ends with 1 where a uniform network is as fast and better.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORKS = {  # name: (card, options)
    "cifar10_resnet20": ("cifar10", []),
    "imagenet_squeezenet1_1": ("imagenet_squeezenet", []),
    "dn_dncnn_s25": ("dncnn_s25", ["--validation", "12", "--shape", "1,1,256,256"]),
    "sr_vdsr": ("vdsr", ["--shape", "1,1,256,256"]),
}
FORMS = ["channel", "channel-in", "spatial", "tucker2", "cp", "cp-spatial", "depthwise"]


def compressed(kerf, network, out, cache, speedup, extra):
    card, options = NETWORKS[network]
    command = [kerf, "compress", f"{os.environ['KERF_DATA']}/models/{network}.onnx", "-o", str(out), "--data", str(ROOT / f"Cards/{card}.yaml"),
               "--threads", "1", "--speedup", str(speedup), "--json", "--cache", str(cache), *options, *extra]
    run = subprocess.run(command, capture_output=True, text=True)
    # 1: the bound cannot be met; the best that was found is told all the same.
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def gain(result):
    return result["before"]["median_ms"] / result["after"]["median_ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--speedup", type=float, default=2)
    parser.add_argument("--only", action="append", choices=list(NETWORKS))
    parser.add_argument("--cache", type=pathlib.Path, help="where measurements are kept (default: nowhere)")
    parser.add_argument("--out", default=str(ROOT / "results-output/choice.json"))
    given = parser.parse_args()
    out = pathlib.Path(given.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(out.read_text()) if out.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        cache = given.cache or pathlib.Path(folder) / "cache"
        for network in given.only or NETWORKS:
            rows = {}
            for name, extra in [("Kerf's choice", [])] + [(form, ["--method", form, "--ranks-by", "uniform"]) for form in FORMS]:
                result = compressed(given.kerf, network, pathlib.Path(folder) / "small.onnx", cache, given.speedup, extra)
                unit = result["after"]["measurement"]["unit"]
                rows[name] = {"gain": gain(result), "before": result["before"]["metric"], "after": result["after"]["metric"], "unit": unit,
                              "error": result["after"]["measurement"].get("standard_error"), "seconds": result["seconds"],
                              "reached": result["reached"], "machine": result["machine"]["cpu"], "ms": result["after"]["median_ms"],
                              "spread": [result["after"]["p10_ms"], result["after"]["p90_ms"]]}
                print(network, name, rows[name], flush=True)
                kept[network] = rows
                out.write_text(json.dumps(kept, indent=1) + "\n")
    return write(kept, given)


def write(kept, given):
    lines = ["| network | chosen by | times faster | ms | metric | change | search, s |", "|---|---|---|---|---|---|---|"]
    beaten = []
    for network, rows in kept.items():
        own = rows["Kerf's choice"]
        for name, row in rows.items():
            reached = "" if row["reached"] else " (bound not met)"
            change = row["after"] - row["before"]
            spread = " ({:.3g}–{:.3g})".format(*row["spread"]) if "spread" in row else ""
            lines.append(f"| {network} | {name if row is own else 'uniform ' + name} | {row['gain']:.2f}{reached} | {row['ms']:.3g}{spread} |"
                         f" {row['after']:.3f} | {change:+.3f} {row['unit']} | {row['seconds']:.0f} |")
            # As fast, and better by more than chance: two standard errors of a share of images, or a hundredth of a dB.
            margin = 2 * row["error"] if row["error"] and row["unit"] != "dB" else 0.01
            if name != "Kerf's choice" and row["gain"] >= 0.99 * own["gain"] and row["after"] > own["after"] + margin:
                beaten.append(f"{network}: uniform {name} is {row['gain']:.2f} times faster at {row['after']:.3f}, the choice {own['gain']:.2f} at {own['after']:.3f}")
    verdict = ("On every network above the choice is at least as good as every uniform network of the same speed." if not beaten
               else "Beaten: " + "; ".join(beaten) + ".")
    machine = next(iter(next(iter(kept.values())).values()))["machine"]
    lines += ["", f"`--speedup {given.speedup:g}`; {machine}, one thread; medians over the quicker half of the rounds, in brackets the 10th to the 90th percentile of all; the metric on the card's test split, which no choice saw. {verdict}"]
    readme = HERE / "README.md"
    text = readme.read_text()
    readme.write_text(re.sub(r"(<!-- table -->).*?(<!-- /table -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n" + m[2], text, flags=re.S))
    print(verdict)
    return bool(beaten)


if __name__ == "__main__":
    sys.exit(main())
