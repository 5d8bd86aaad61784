#!/usr/bin/env python3
"""What each criterion costs at the same forms and ranks: harm on images that nothing was fitted on.

    python3 Experiments/criteria/run.py [--kerf .build/release/kerf] [--network NAME …] [--form NAME …]

Every layer that a form can take gets it at half of its crossover rank, which is half of the layer's multiply-adds, by a recipe; each criterion then fits that same
recipe. Needs KERF_DATA. Keeps every row in results.json and writes the table of the README from it; `--network` and `--form` measure a part
anew.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Model, its card, the timed shape, images to fit on and to test on, and their split.
NETWORKS = {
    "ResNet-20": ("cifar10_resnet20", "cifar10", "1,3,32,32", 128, 10000, "jpeg"),
    "DnCNN-25": ("dn_dncnn_s25", "dncnn_s25", "1,1,64,64", 4, 4, "test"),
    "SqueezeNet": ("imagenet_squeezenet1_1", "imagenet_squeezenet", "1,3,227,227", 48, 500, "test"),
    "VDSR": ("sr_vdsr", "vdsr", "1,1,64,64", 4, 2, "test"),
    "ResNet-32": ("cifar10_resnet32", "cifar10", "1,3,32,32", 128, 10000, "jpeg"),
    "DnCNN-15": ("dn_dncnn_s15", "dncnn_s15", "1,1,64,64", 16, 12, "test"),
    "IMDN": ("sr_imdn_x4", "imdn", "1,3,64,64", 8, 14, "test"),
    "RFDN": ("sr_rfdn_x4", "rfdn", "1,3,64,64", 8, 14, "test"),
    "Real-ESRGAN": ("sr_realesr_general_x4v3", "realesr", "1,3,64,64", 8, 14, "test"),
}
FORMS = ["spatial", "channel"]
KEYS = ("network", "form", "criterion")


def call(kerf, *arguments):
    run = subprocess.run([kerf, *map(str, arguments)], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"kerf {' '.join(map(str, arguments))}\n{run.stderr}")
    return run.stdout


def criteria(kerf):
    """The names that --criterion takes, from its help."""
    text = " ".join(call(kerf, "compress", "--help").split())
    return re.findall(r"([a-z]+) \(", re.search(r"--criterion <criterion> (.*?)(?: --|$)", text)[1])


def recipe(kerf, model, shape, form):
    """Half of the crossover rank on every layer that the form can take."""
    layers = []
    for layer in json.loads(call(kerf, "inspect", model, "--shape", shape, "--json"))["layers"]:
        ranks = layer["crossover_ranks"].get(form)
        if ranks and min(ranks) >= 2:
            layers.append({"name": layer["name"], "form": form, "rank": [rank // 2 for rank in ranks]})
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    return {"kerf": "", "model": {"file": model.name, "sha256": digest}, "criterion": "data", "seed": 1, "layers": layers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kerf", default=str(ROOT / ".build/release/kerf"))
    parser.add_argument("--network", action="append", choices=NETWORKS)
    parser.add_argument("--form", action="append", help=f"default: {', '.join(FORMS)}")
    parser.add_argument("--criterion", action="append")
    given = parser.parse_args()
    names = given.criterion or criteria(given.kerf)
    store = HERE / "results.json"
    rows = {tuple(row[key] for key in KEYS): row for row in (json.loads(store.read_text()) if store.exists() else [])}
    with tempfile.TemporaryDirectory() as folder:
        for network in given.network or NETWORKS:
            file, card, shape, calibration, test, split = NETWORKS[network]
            model = pathlib.Path(os.environ["KERF_DATA"]) / f"models/{file}.onnx"
            for form in given.form or FORMS:
                plan = pathlib.Path(folder) / "plan.yaml"
                plan.write_text(json.dumps(recipe(given.kerf, model, shape, form)))
                for name in names:
                    result = json.loads(call(given.kerf, "compress", model, "-o", f"{folder}/small.onnx", "--data", ROOT / f"Cards/{card}.yaml", "--recipe", plan,
                                             "--criterion", name, "--shape", shape, "--calibration", calibration, "--test", test, "--test-split", split, "--calibration-edge", 160, "--json"))
                    before, after = result["before"], result["after"]
                    machine = f"{result['machine']['cpu']}, {result['machine']['threads']} threads"
                    row = {"network": network, "form": form, "criterion": name, "before": before["metric"], "after": after["metric"],
                           "macs": before["macs"] / after["macs"], "seconds": result["seconds"], "machine": machine}
                    rows[tuple(row[key] for key in KEYS)] = row
                    print(f"{network} {form} {name}: {row['after'] - row['before']:+.3f} in {row['seconds']:.1f} s", flush=True)
                store.write_text(json.dumps(list(rows.values()), indent=1) + "\n")
    readme = HERE / "README.md"
    text = readme.read_text()
    readme.write_text(re.sub(r"(<!-- table -->).*?(<!-- /table -->)", lambda m: m[1] + "\n" + table(list(rows.values())) + "\n" + m[2], text, flags=re.S))


def table(rows):
    names = list(dict.fromkeys(row["criterion"] for row in rows))
    lines = [f"| network | form | multiply-adds | original | {' | '.join(names)} |", "|---" * (4 + len(names)) + "|"]
    cases = {}
    for row in rows:
        cases.setdefault((row["network"], row["form"]), {})[row["criterion"]] = row
    places = {name: [] for name in names}
    # Sums of what all criteria were measured on.
    whole = [case for case in cases.values() if len(case) == len(names)]
    seconds = {name: sum(case[name]["seconds"] for case in whole) for name in names}
    for (network, form), case in cases.items():
        change = {name: row["after"] - row["before"] for name, row in case.items()}
        for name in change:
            places[name].append(1 + sum(other > change[name] for other in change.values()))
        cells = ["–" if name not in change else f"**{change[name]:+.2f}**" if places[name][-1] == 1 else f"{change[name]:+.2f}" for name in names]
        row = next(iter(case.values()))
        lines.append(f"| {network} | {form} | {row['macs']:.2f}× fewer | {row['before']:.2f} | {' | '.join(cells)} |")
    lines.append(f"| least harm | | | of {len(cases)} | {' | '.join(str(places[name].count(1)) for name in names)} |")
    lines.append(f"| mean place | | | | {' | '.join(f'{sum(places[name]) / len(places[name]):.1f}' for name in names)} |")
    lines.append(f"| seconds | | | | {' | '.join(f'{seconds[name]:.0f}' for name in names)} |")
    limits = "; ".join(f"{network} {NETWORKS[network][3]} and {NETWORKS[network][4]} ({NETWORKS[network][5]})" for network in dict.fromkeys(row["network"] for row in rows))
    lines += ["", f"Change of the metric (dB, or points of top-1) on test images, without fine-tuning; –: not measured. Images to fit on and to test on: {limits}. Seconds to fit all and to "
              f"evaluate both networks, on a busy machine; {rows[0]['machine']}."]
    return "\n".join(lines)


main()
