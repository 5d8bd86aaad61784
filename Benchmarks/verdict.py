"""Ratios, their spread, and whether they meet a bar."""
import math

import numpy as np


def quartiles(values):
    """(first quartile, median, third quartile)"""
    return tuple(float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def ratios(times, against="best"):
    """Per round: the peer's time / Kerf's. `best` is the peer with the lowest median.

    - times: candidate → milliseconds of each round.
    Returns (peer, ratios).
    """
    peers = {name: float(np.median(ms)) for name, ms in times.items() if not name.startswith("kerf")}
    if against == "best":
        against = min(peers, key=peers.get)
    return against, [theirs / ours for theirs, ours in zip(times[against], times["kerf"])]


def judged(times, bar):
    """A bar's outcome: `met` or `missed` by the median, `straddles` where the quartiles lie on both sides of the floor."""
    if bar.against != "best" and bar.against not in times:
        return {"against": bar.against, "floor": bar.floor, "aim": bar.aim, "verdict": "no peer"}
    against, values = ratios(times, bar.against)
    low, middle, high = quartiles(values)
    verdict = "straddles" if low < bar.floor < high else "met" if middle >= bar.floor else "missed"
    return {"against": bar.against, "peer": against, "floor": bar.floor, "aim": bar.aim, "ratio": middle, "quartiles": [low, high],
            "verdict": verdict, "holds": middle >= bar.floor}
