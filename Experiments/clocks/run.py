#!/usr/bin/env python3
"""The same network compressed for two runtimes: by Kerf's own clock and by onnxruntime's, each result timed in both.

    python3 Experiments/clocks/run.py [--kerf .build/release/kerf] [--rounds 7]

Needs KERF_DATA and onnxruntime. Writes the table of the README.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NETWORKS = {"cifar10_resnet20": ("cifar10", [1, 3, 32, 32]), "dn_dncnn_s25": ("dncnn_s25", [1, 1, 128, 128])}
CLOCK = f"'{sys.executable}' '{ROOT / 'Examples/timers/onnxruntime.py'}' --seconds 0.1 {{model}}"


def compressed(kerf, network, card, shape, out, extra):
    command = [kerf, "compress", f"{os.environ['KERF_DATA']}/models/{network}.onnx", "-o", str(out), "--data", str(ROOT / f"Cards/{card}.yaml"), "--shape",
               ",".join(map(str, shape)), "--threads", "1", "--speedup", "2", "--test", "50", "--json", *extra]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def kerf_time(kerf, path, shape):
    run = subprocess.run([kerf, "bench", str(path), "--shape", ",".join(map(str, shape)), "--threads", "1", "--seconds", "0.3", "--json"],
                         capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["median_ms"]


def onnxruntime_time(session, x):
    samples, end = [], time.perf_counter() + 0.3
    while len(samples) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        session.run(None, x)
        samples.append(1e3 * (time.perf_counter() - start))
    return statistics.median(samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    lines = ["| network | chosen by | forms | metric | Kerf, ms | onnxruntime, ms |", "|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for network, (card, shape) in NETWORKS.items():
            files, results = {"the original": pathlib.Path(os.environ["KERF_DATA"]) / f"models/{network}.onnx"}, {}
            for clock, extra in (("Kerf's clock", []), ("onnxruntime's clock", ["--timer", CLOCK])):
                files[clock] = pathlib.Path(folder) / f"{network}-{len(files)}.onnx"
                results[clock] = compressed(given.kerf, network, card, shape, files[clock], extra)
            sessions = {name: onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]) for name, path in files.items()}
            x = {next(iter(sessions.values())).get_inputs()[0].name: np.random.default_rng(0).random(shape, dtype=np.float32)}
            times = {name: ([], []) for name in files}
            for _ in range(given.rounds):
                for name, path in files.items():
                    times[name][0].append(kerf_time(given.kerf, path, shape))
                    times[name][1].append(onnxruntime_time(sessions[name], x))
            for name in files:
                if name in results:
                    forms = [layer["form"] for layer in results[name]["layers"] if layer["form"]]
                    chosen = ", ".join(f"{forms.count(form)} {form}" for form in sorted(set(forms)))
                    metric = results[name]["after"]["metric"]
                else:
                    chosen, metric = "", next(iter(results.values()))["before"]["metric"]
                spread = [f"{statistics.median(t):.3f} ({min(t):.3f}–{max(t):.3f})" for t in times[name]]
                lines.append(f"| {network} {'×'.join(map(str, shape[2:]))} | {name} | {chosen} | {metric:.2f} | {spread[0]} | {spread[1]} |")
                print(lines[-1], flush=True)
    machine = next(iter(results.values()))["machine"]
    lines += ["", f"`--speedup 2` of each clock's own time; {machine['cpu']}, one thread, onnxruntime {onnxruntime.__version__}; medians of {given.rounds} rounds in "
              "turn (lowest–highest); the metric on at most 50 images."]
    readme = HERE / "README.md"
    text = readme.read_text()
    readme.write_text(re.sub(r"(<!-- table -->).*?(<!-- /table -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n" + m[2], text, flags=re.S))


main()
