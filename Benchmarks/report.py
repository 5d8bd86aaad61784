#!/usr/bin/env python3
"""Writes what was measured: results/results.md, the plots, and the table between the README's markers.

    report.py [--results DIR] [--readme FILE]

Reads results/threads-*.json (bench.py) and results/footprint.json (footprint.py); no number is typed in by hand.
"""
import argparse
import pathlib
import re
import sys

import bench
import plot
import tables

HERE = pathlib.Path(__file__).resolve().parent
MARKERS = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "results")
    parser.add_argument("--readme", type=pathlib.Path, default=HERE.parent / "README.md")
    given = parser.parse_args()
    one = bench.load(given.results / "threads-1.json")
    if not one["works"]:
        print(f"nothing to report: {given.results / 'threads-1.json'} has no works")
        return 1
    two, footprint = bench.load(given.results / "threads-2.json"), bench.load(given.results / "footprint.json")
    text = tables.full(one, two, footprint)
    (given.results / "results.md").write_text(text)
    plot.draw(one["works"], given.results / "works.svg")
    shown = {name: r for name, r in one["works"].items() if r["family"] in ("vgg", "networks", "vgg-int8", "networks-int8", "networks-free")}
    written = ["results.md", "works.svg"]
    if shown:
        plot.draw(shown, given.results / "overview.svg")
        written.append("overview.svg")
    print(f"wrote {', '.join(written)} in {given.results}")
    readme = given.readme.read_text() if given.readme.exists() else ""
    if not MARKERS.search(readme):
        print(f"{given.readme} has no '<!-- benchmarks -->' … '<!-- /benchmarks -->': its table is not written")
        return 0
    given.readme.write_text(MARKERS.sub(lambda m: m[1] + tables.overview(one) + m[2], readme))
    print(f"wrote the table of {given.readme}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
