#!/usr/bin/env python3
"""What the command line refuses: exit code 2, a message that names what is wrong, nothing written, and at once.

    python3 Scripts/judges/commands.py [--kerf PATH]

The bundled denoiser is the network; needs no other data.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NET, CARD = ROOT / "Demo/dead_leaves_denoiser.onnx", ROOT / "Demo/card.yaml"
# Refusals come before any work is done.
SECONDS = 5

# Arguments, and what the message must hold.
REFUSED = [
    ("compress NET -o OUT/no/small.onnx --data CARD --speedup 2", "there is no folder"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 2 --report OUT/no/r.html", "there is no folder"),
    ("compress NET -o OUT --data CARD --speedup 2", "is a folder"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 2 --test 0", "--test 0"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 2 --validation -3", "--validation"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 0.5", "--speedup 0.5"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 2 --size 1000", "not 2"),
    ("compress NET -o OUT/small.onnx --data CARD", "say what is wanted"),
    ("compress NET -o OUT/small.onnx --data CARD --method spatial:0", "rank '0'"),
    ("compress NET -o OUT/small.onnx --data CARD --method spatial:8 --ranks-by fit", "--ranks-by"),
    ("compress NET -o OUT/small.onnx --data CARD --method spatial:8 --precision auto", "--precision auto"),
    ("compress NET -o OUT/small.onnx --data CARD --method nonsense:8", "nonsense"),
    ("compress NET -o OUT/small.onnx --data CARD --speedup 2 --criterion none", "'none'"),
    ("compress NET -o OUT/small.onnx --data OUT/none.yaml --speedup 2", "none.yaml"),
    ("compress OUT/none.onnx -o OUT/small.onnx --data CARD --speedup 2", "none.onnx"),
    ("compress CARD -o OUT/small.onnx --data CARD --speedup 2", "card.yaml"),
    ("compress NET -o OUT/small.onnx --shape 1,1,64,64 --max-drop 1", "--data"),
    ("compress NET -o OUT/small.onnx --data CARD --recipe CARD", "card.yaml"),
    ("compress NET -o OUT/small.onnx --data CARD --recipe OUT/recipe.yaml --method spatial", "--method"),
    ("sweep NET --data CARD --criterion nonlinear", "filter or data"),
    ("sweep NET --csv OUT/no/s.csv", "there is no folder"),
    ("sweep NET --shape 1,1,64,64 --layer none", "no layer 'none'"),
    ("quantize NET -o OUT/no/q.onnx --data CARD", "there is no folder"),
    ("quantize NET -o OUT/q.onnx --data CARD --calibration 0", "--calibration 0"),
    ("eval NET --data CARD --split none", "none"),
    ("eval NET --data CARD --limit 0", "--limit 0"),
    ("bench NET --threads 0", "--threads 0"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for text, message in REFUSED:
            words = [word.replace("OUT", folder) if word.startswith("OUT") else {"NET": str(NET), "CARD": str(CARD)}.get(word, word) for word in text.split()]
            start = time.perf_counter()
            run = subprocess.run([given.kerf, *words], capture_output=True, text=True)
            took = time.perf_counter() - start
            left = [path.name for path in pathlib.Path(folder).iterdir()]
            good = run.returncode == 2 and message in run.stderr and not left and took < SECONDS
            wrong += not good
            print(f"{'ok' if good else 'WRONG'}  kerf {text}: exit code {run.returncode}, {run.stderr.strip().splitlines()[:1]}"
                  + (f", left {left}" if left else "") + (f", {took:.1f} s" if took >= SECONDS else ""))
    print(f"{len(REFUSED) - wrong} of {len(REFUSED)} refusals are as they should be")
    sys.exit(1 if wrong else 0)


main()
