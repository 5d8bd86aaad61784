"""What the clocks of this folder share: each prints the milliseconds of one run of every ONNX file it is given, one number a line.

A runtime's own file says how a network is loaded: `load(path, threads)` returns the shapes of its inputs by name and a function that runs it once on arrays.
"""
import argparse
import statistics
import time

import numpy as np


def main(load, about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("model", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.3, help="per network, at least")
    given = parser.parse_args()
    for path in given.model:
        shapes, run = load(path, given.threads)
        random = np.random.default_rng(0)
        inputs = {name: random.random(shape, dtype=np.float32) for name, shape in shapes.items()}
        run(inputs)
        samples, end = [], time.perf_counter() + given.seconds
        while len(samples) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            run(inputs)
            samples.append(1e3 * (time.perf_counter() - start))
        print(statistics.median(samples), flush=True)
