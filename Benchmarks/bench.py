#!/usr/bin/env python3
"""Times Kerf against onnxruntime, OpenVINO and ncnn on the same files, all in turn in one run.

    bench.py [--family vgg] [--only NAME] [--threads 1] [--rounds 15] [--fresh] [--list]

Results are kept in results/threads-N.json as they come; works that are finished there for this very build of Kerf are skipped. README.md says
how to read what is printed.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import shlex
import sys
import time

import candidate
import measure
import tables
import works
from verdict import geometric_mean

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", action="append", choices=works.FAMILIES, default=[], help="may be repeated; without: all")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="works whose name holds this; may be repeated")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--core", type=int, help="first core to run on (default: the last ones)")
    parser.add_argument("--rounds", type=int, default=15, help="3 for a quick look")
    parser.add_argument("--fresh", action="store_true", help="measure again what is finished")
    parser.add_argument("--list", action="store_true", help="print the works and end")
    parser.add_argument("--json", type=pathlib.Path, help="results (default: results/threads-N.json)")
    parser.add_argument("--kerf", type=pathlib.Path, default=HERE.parent / ".build" / "release" / "kerf")
    parser.add_argument("--kerf-options", type=shlex.split, default=[], help="more options for kerf time-server, one text")
    parser.add_argument("--scratch", type=pathlib.Path, default=HERE / ".work", help="generated and converted networks, Kerf's cache")
    given = parser.parse_args()
    given.json = given.json or HERE / "results" / f"threads-{given.threads}.json"
    return given


def machine():
    return {
        "cores": os.cpu_count(), "system": f"{platform.system()} {platform.release()}", "python": platform.python_version(),
        "date": datetime.date.today().isoformat(), "load": round(os.getloadavg()[0], 2),
    }


def load(path):
    return json.loads(path.read_text()) if path.exists() else {"machine": {}, "works": {}}


def save(path, results):
    """One work a line, so that two runs can be compared."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f" {json.dumps(name, ensure_ascii=False)}: {json.dumps(r, ensure_ascii=False)}" for name, r in results["works"].items()]
    text = f'{{"machine": {json.dumps(results["machine"])},\n"works": {{\n' + ",\n".join(lines) + "\n}}\n"
    partial = path.with_suffix(".part")
    partial.write_text(text)
    partial.replace(path)


def is_finished(result, given, build):
    return result is not None and result["build"] == build and result["rounds"] >= given.rounds and result["options"] == given.kerf_options


def line(result):
    """A work's line of the output."""
    times = "  ".join(f"{name} {ms:.3f}" for name, ms in result["median_ms"].items())
    low, high = result["quartiles"]
    minima = min(result["times_ms"][result["best"]]) / min(result["times_ms"]["kerf"])
    text = f"{result['name']:40} {times} ms  best {result['best']}: {result['ratio']:.2f} ({low:.2f}–{high:.2f}; minima {minima:.2f})"
    for bar in result["bars"]:
        against = "" if bar["against"] == "best" else f" against {bar['against']}"
        text += f"  bar {bar['floor']}{against}: {bar['verdict']}"
        if bar["verdict"] != "no peer" and against:
            text += f" at {bar['ratio']:.2f} ({bar['quartiles'][0]:.2f}–{bar['quartiles'][1]:.2f})"
    return text


def details(result):
    """Differences from onnxruntime, and peers left out."""
    text = "  " + "  ".join(f"{name} differs by {off:.0e}" for name, off in result["difference"].items())
    if result.get("accuracy"):
        text += f"\n  {tables.accuracy_text(result['accuracy'])}"
    if result["occupied"] > measure.BUSY:
        text += f"\n  BUSY: others took {result['occupied']:.0%} of the cores"
    for name, reason in result["dropped"].items():
        text += f"\n  {name} left out: {reason}"
    return text


def summary(results):
    """Geometric means by family, and the bars by outcome."""
    lines = []
    for family in works.FAMILIES:
        members = [r for r in results if r["family"] == family]
        if not members:
            continue
        mean = geometric_mean([r["ratio"] for r in members])
        lines.append(f"{family}: {len(members)} works, geometric mean {mean:.2f} against the best peer")
        bar = works.FAMILY_BARS.get(family)
        if bar:
            ratios = [r["ratio"] if bar.against == "best" else r["median_ms"][bar.against] / r["median_ms"]["kerf"]
                      for r in members if bar.against == "best" or bar.against in r["median_ms"]]
            mean = geometric_mean(ratios) if ratios else 0
            lines.append(f"  bar {bar.floor} against {bar.against}: {'met' if mean >= bar.floor else 'missed'} at {mean:.2f} ({len(ratios)} works)")
    for outcome in ("straddles", "missed"):
        found = [f"{r['name']} ({b['ratio']:.2f} of {b['floor']}, {b['peer']})" for r in results for b in r["bars"] if b["verdict"] == outcome]
        lines.append(f"{outcome}: {', '.join(found) or 'none'}")
    busy = [r["name"] for r in results if r["occupied"] > measure.BUSY]
    lines.append(f"measured while others were busy on the cores, to be done again: {', '.join(busy) or 'none'}")
    return "\n".join(lines)


def main():
    given = arguments()
    chosen = works.selected(given.family, given.only)
    if given.list:
        print("\n".join(f"{w.family:11} {w.name}" for w in chosen))
        return 0
    if works.models_folder() is None and any(w.build is None for w in chosen):
        print("left out: the trained networks (KERF_DATA is not set)")
        chosen = [w for w in chosen if w.build is not None]
    build = hashlib.sha256(given.kerf.read_bytes()).hexdigest()[:16]
    given.build = build
    given.cache = given.scratch / "cache" / build  # what another build planned must not be taken over
    results = load(given.json)
    results["machine"] = machine()
    open_works = [w for w in chosen if given.fresh or not is_finished(results["works"].get(w.name), given, build)]
    cores = candidate.pin(given.threads, given.core)
    print(f"{len(open_works)} of {len(chosen)} works to measure, {given.rounds} rounds, {given.threads} thread(s) on cores {cores}, "
          f"load {results['machine']['load']}")
    failures, began = [], time.monotonic()
    for index, work in enumerate(open_works):
        try:
            result = measure.measure(work, given, given.rounds)
        except (candidate.CandidateFailed, OSError) as failure:
            failures.append(f"{work.name}: {failure}")
            print(f"[{index + 1}/{len(open_works)}] {work.name}: FAILED: {failure}", flush=True)
            continue
        results["works"][work.name] = {**result, "build": build, "options": given.kerf_options}
        save(given.json, results)
        left = (time.monotonic() - began) / (index + 1) * (len(open_works) - index - 1)
        print(f"[{index + 1}/{len(open_works)}, {left / 60:.0f} min left] {line(result)}\n{details(result)}", flush=True)
    print()
    print(summary([results["works"][w.name] for w in chosen if w.name in results["works"]]))
    for failure in failures:
        print(f"failed: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
