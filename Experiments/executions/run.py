#!/usr/bin/env python3
"""Which way to run a convolution wins: kernel size against image size, for few and many channels.

    python3 Experiments/executions/run.py [--kerf .build/release/kerf] [--runs 5] [--kernels 3,5,…] [--sizes 16,32,…] [--channels 16,64]

Needs the Python package onnx. Times every execution of single layers by `kerf bench --algorithms` and writes the tables of the README.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DIRECT = ("implicit-gemm", "im2col", "narrow")


def layer(path, kernel, size, channels):
    """One convolution, as many channels out as in, the image's size kept."""
    shape = [1, channels, size, size]
    w = np.random.default_rng(0).standard_normal((channels, channels, kernel, kernel)).astype(np.float32) / (kernel * channels**0.5)
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv", pads=[kernel // 2] * 4)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy")
    graph = helper.make_graph([node], "layer", [x], [y], [numpy_helper.from_array(w, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def measure(kerf, folder, kernel, size, channels, runs):
    path = pathlib.Path(folder) / "layer.onnx"
    layer(path, kernel, size, channels)
    command = [kerf, "bench", str(path), "--algorithms", "--threads", "1", "--runs", str(runs), "--seconds", "0.02", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, KERF_CACHE=folder))
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    result = json.loads(run.stdout)
    ways = result["algorithms"][0]
    return {"machine": f"{result['cpu']}, {result['isa']}, one thread", "picked": ways["picked"], "refused": ways["refused"],
            "ms": {m["execution"]: m["min_ms"] for m in ways["measured"]}, "scratch": {m["execution"]: m["scratch_bytes"] for m in ways["measured"]},
            "weights": {m["execution"]: m["weight_bytes"] for m in ways["measured"]}}


def best(ms, among=lambda name: True):
    able = [name for name in ms if among(name)]
    return min(able, key=ms.get) if able else None


def others(ms):
    return best(ms, lambda name: name != "fft")


def cell(point):
    ms = point["ms"]
    first = best(ms)
    text = f"{first} {ms[first]:.3g}"
    if "fft" not in ms:
        return text
    gain = ms[others(ms)] / ms["fft"]
    return f"**{text}** ({gain:.2f}×)" if first == "fft" else f"{text} ({gain:.2f}×)"


def verdicts(points, given):
    """What the numbers say of Denton's claim, in sentences."""
    lines = []
    able = {key: p["ms"] for key, p in points.items() if "fft" in p["ms"]}

    def count(keys, wins):
        keys = [key for key in keys if key in able]
        return sum(wins(able[key]) for key in keys), len(keys)

    large = [key for key in points if key[0] > 8]
    small = [key for key in points if key[0] <= 8]
    over_direct = lambda ms: ms["fft"] < ms[best(ms, lambda name: name in DIRECT)]
    over_all = lambda ms: best(ms) == "fft"
    for name, keys, expected in (("larger than 8", large, True), ("of at most 8", small, False)):
        direct, n = count(keys, over_direct)
        every, _ = count(keys, over_all)
        if not n:
            continue
        agrees = 2 * direct > n if expected else 2 * direct < n
        claim = "the Fourier domain" if expected else "direct sums"
        lines.append(f"- Kernels {name}: Denton's model chooses {claim}. Here fft beats the best direct execution in {direct} of {n} cells, "
                     f"and everything else in {every}: {'agrees' if agrees else 'does not agree'}.")
    for channels in given.channels:
        first = [k for k in given.kernels if all(over_all(able[key]) for key in able if key[0] >= k and key[2] == channels)]
        from_direct = [k for k in given.kernels if all(over_direct(able[key]) for key in able if key[0] >= k and key[2] == channels)]
        say = lambda found, whom: f"{whom} from {found[0]}×{found[0]} on" if found else f"{whom} at no kernel size"
        lines.append(f"- {channels} channels: fft wins at every image size over {say(from_direct, 'direct executions')}, over {say(first, 'all others')}.")
    rivals = {others(ms) for ms in able.values() if best(ms) != "fft"}
    if rivals:
        lines.append(f"- What beats fft where it loses: {', '.join(sorted(rivals))}.")
    gains = {key: ms[others(ms)] / ms["fft"] for key, ms in able.items()}
    if gains:
        key = max(gains, key=gains.get)
        lines.append(f"- Its largest gain over the best other execution is {gains[key]:.1f}×, at {key[0]}×{key[0]} on {key[1]}×{key[1]} with {key[2]} channels.")
    missed = [key for key, p in points.items() if p["ms"][p["picked"]] > 1.1 * min(p["ms"].values())]
    lines.append(f"- The planner's pick is within a tenth of the best in {len(points) - len(missed)} of {len(points)} cells.")
    patches = [key for key, p in points.items() if best(p["ms"]) == "im2col"]
    lines.append(f"- im2col is the best in {len(patches)} of {len(points)} cells, and refused for its memory in "
                 f"{sum(any(r['execution'] == 'im2col' for r in p['refused']) for p in points.values())}.")
    return lines


def memory(points, given):
    lines = ["", f"Scratch and packed weights in MiB at {given.sizes[-1]}×{given.sizes[-1]}, {given.channels[-1]} channels (– refused or not applicable):", ""]
    names = ["implicit-gemm", "im2col", "winograd-8", "fft"]
    lines += ["| kernel | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for kernel in given.kernels:
        p = points[kernel, given.sizes[-1], given.channels[-1]]
        row = [f"{p['scratch'][n] / 2**20:.3g} + {p['weights'][n] / 2**20:.3g}" if n in p["scratch"] else "–" for n in names]
        lines.append(f"| {kernel}×{kernel} | " + " | ".join(row) + " |")
    return lines


def main():
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernels", type=numbers, default=[3, 5, 7, 9, 11, 15])
    parser.add_argument("--sizes", type=numbers, default=[16, 32, 64, 128, 256])
    parser.add_argument("--channels", type=numbers, default=[16, 64])
    given = parser.parse_args()
    points = {}
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for channels in given.channels:
            lines += [f"{channels} channels in and out:", "", "| kernel | " + " | ".join(f"{size}×{size}" for size in given.sizes) + " |",
                      "|---|" + "---|" * len(given.sizes)]
            for kernel in given.kernels:
                for size in given.sizes:
                    points[kernel, size, channels] = measure(given.kerf, folder, kernel, size, channels, given.runs)
                lines.append(f"| {kernel}×{kernel} | " + " | ".join(cell(points[kernel, size, channels]) for size in given.sizes) + " |")
                print(lines[-1], flush=True)
            lines.append("")
    machine = next(iter(points.values()))["machine"]
    lines += [f"The best execution and its milliseconds, and in brackets how many times as long as fft the best other one takes; {machine}, the least of "
              f"at least {given.runs} runs, all executions of a layer in turn.", "", *verdicts(points, given), *memory(points, given)]
    readme = HERE / "README.md"
    text = readme.read_text()
    readme.write_text(re.sub(r"(<!-- table -->).*?(<!-- /table -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n" + m[2], text, flags=re.S))


main()
