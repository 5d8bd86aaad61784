"""The protocol: all candidates of one work in turn, round after round, in one run."""
import contextlib
import json
import math
import subprocess
import time

import numpy as np

import candidate
import convert
import files
import networks
import quantizers
from verdict import judged, quartiles, ratios

# A peer whose output differs more from onnxruntime's (largest difference / largest value) does not compute the same network.
TOLERANCE = 2e-3
# In int8 a rounding the other way is a whole step and spreads from layer to layer: any two runtimes differ. The root of the mean square may be so
# many times that between the int8 and the float32 network in onnxruntime, which is the error that quantization makes anyway.
TOLERANCE_INT8 = 1.5
# Short networks are run several times in a round, so that a round's share is at least this long, milliseconds.
SHARE_MS = 30
LONGEST_BURST = 50
# Above this share of the cores taken by others, a work's figures are marked.
BUSY = 0.1
# Kerf on one thread, timed beside Kerf on several, for the speed-up.
SINGLE = "kerf, one thread"
# With several threads: how long a candidate's threads get to stop waiting busily before the next candidate's turn, seconds.
SETTLE = 0.005


def measure(work, settings, rounds):
    """Measures one work; a bar that the quartiles straddle is given twice as many rounds again, once.

    Per candidate and round the work is run once without timing and then timed (`kerf time-server`, `peer_server.py`); the order turns by one
    every round, so that no candidate always follows the same one. Returns what is written to the results.
    """
    began = time.monotonic()
    model = work.path(settings.scratch / "models")
    with contextlib.ExitStack() as stack:
        running, dropped = _start(work, settings, stack)
        differences = _check(running, dropped, _bound(work, model, running["onnxruntime"]), bool(work.int8))
        bursts = {name: _burst(c) for name, c in running.items()}
        times = {name: [] for name in running}
        occupied = candidate.occupied()
        _rounds(running, bursts, times, rounds, settings.threads)
        bars = [judged(times, bar) for bar in work.bars]
        repeated = any(bar["verdict"] == "straddles" for bar in bars)
        if repeated:
            _rounds(running, bursts, times, 2 * rounds, settings.threads)
            bars = [judged(times, bar) for bar in work.bars]
        occupied = max(occupied, candidate.occupied())
        ready = running["kerf"].ready
        inner = _inner_layers(work, settings) if work.family == "layers-int8" else None
        versions = {name: c.ready["version"] for name, c in running.items() if name != SINGLE}
    best, values = ratios(times)
    low, middle, high = quartiles(values)
    return {
        "family": work.family, "name": work.name, "int8": work.int8, "shape": list(work.shape), "rounds": len(values), "repeated": repeated,
        "multiplications": networks.multiplications(model, work.shape),
        "median_ms": {name: float(np.median(ms)) for name, ms in times.items()}, "times_ms": times, "bursts": bursts,
        "best": best, "ratio": middle, "quartiles": [low, high], "bars": bars, "difference": differences, "dropped": dropped,
        "occupied": occupied, "versions": versions, "isa": ready["isa"], "cpu": ready["cpu"], "plan_ms": ready["plan_ms"],
        "inner": inner, "accuracy": _accuracy(files.report(work, settings)), "seconds": time.monotonic() - began,
    }


def _start(work, settings, stack):
    """Candidates by name, and the peers that cannot take part with the reason."""
    threads = settings.threads
    running, dropped = {}, {}
    file = files.kerf_file(work, settings)
    for name, count in {"kerf": threads, **({SINGLE: 1} if threads > 1 else {})}.items():
        running[name] = stack.enter_context(candidate.kerf(settings.kerf, file, work.shape, count, settings.kerf_options, settings.cache))
    for name, runtime, file in files.peers(work, settings):
        try:
            running[name] = stack.enter_context(candidate.peer(name, file(), work.shape, threads, runtime))
        except (convert.NotConverted, quantizers.NotQuantized, candidate.CandidateFailed) as reason:
            dropped[name] = str(reason)
    if "onnxruntime" not in running:
        raise candidate.CandidateFailed(f"{work.name}: the reference does not run: {dropped['onnxruntime']}")
    return running, dropped


def _bound(work, model, reference):
    """How much a candidate's output may differ from onnxruntime's.

    Where each has a file of its own the outputs are not the same by design: differences are told, the accuracy is judged by `accuracy_int8.py`.
    """
    if work.int8 == "shared":
        with candidate.peer("onnxruntime", model, work.shape) as exact:
            return TOLERANCE_INT8 * difference(exact.output(), reference.output(), True)
    return math.inf if work.int8 else TOLERANCE


def _check(running, dropped, bound, int8):
    """Every output against onnxruntime's; a peer that computes something else is left out, Kerf may not."""
    expected = running["onnxruntime"].output()
    differences = {}
    for name in [n for n in running if n != "onnxruntime"]:
        made = running[name].output()
        off = difference(made, expected, int8)
        differences[name] = off
        if not off <= bound or math.isnan(off):
            message = f"its output differs from onnxruntime's by {off:.1e} of the {'root mean square' if int8 else 'largest'} value"
            if name.startswith("kerf"):
                raise candidate.CandidateFailed(f"{name}: {message}")
            dropped[name] = message
            del running[name]
    return differences


def difference(made, expected, int8):
    """Largest difference / largest value; in int8 root mean square of the difference / of the values."""
    if made.shape != expected.shape:
        return float("inf")
    if int8:
        return float(np.sqrt(np.mean(np.square(made - expected)) / np.mean(np.square(expected))))
    return float(np.max(np.abs(made - expected)) / np.max(np.abs(expected)))


def _burst(running):
    """Timed runs in a round."""
    return int(min(LONGEST_BURST, max(1, SHARE_MS / min(running.run(2)))))


def _inner_layers(work, settings):
    """Speed of a chain's layers without its two thin ends, from Kerf's own times of each layer, and the measured peak of float products."""
    command = [str(settings.kerf), "bench", str(files.kerf_file(work, settings)), "--shape", ",".join(map(str, work.shape)),
               "--threads", str(settings.threads), "--explain", "--json", "--seconds", "0.5"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    layers = [layer for layer in told["layers"] if layer["macs"] > 0][1:-1]
    return {"gops": 2e-6 * sum(layer["macs"] for layer in layers) / sum(layer["median_ms"] for layer in layers), "peak_gflops": told["peak_gflops"]}


def _accuracy(told):
    """The metric before and after, on images that chose nothing, and what it took to find the network; None where no network was made."""
    if told is None:
        return None
    return {"before": told["before"]["measurement"], "after": told["after"]["measurement"], "seconds": told["seconds"],
            "layers": [[l["form"] or "dense", l["rank"], l["precision"]] for l in told["layers"]]}


def _rounds(running, bursts, times, count, threads):
    names = list(running)
    for turn in range(count):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            if threads > 1:
                time.sleep(SETTLE)
            times[name].append(float(np.median(running[name].run(bursts[name]))))
