"""The tables of `results.py`: the short one of the README and Docs/results.md."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def table(columns, entries):
    """Markdown of `columns`: heads with what makes a cell of an entry."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(cell(entry) for cell in columns.values()) + " |" for entry in entries])


def digits(entry):
    return 3 if entry["before"]["measurement"]["unit"] == "dB" else 1


def asked(entry):
    return entry["goal"] + ("" if entry["reached"] else " (not met)") + ("" if entry["forms"] else ": the original stays")


def accuracy(entry):
    before, after = entry["before"]["measurement"], entry["after"]["measurement"]
    error = after.get("standard_error")
    # A card that compares with the original says how near the outputs are.
    near = "".join(f"; {m['value']:.1f} dB to its own output" for m in after.get("others") or [] if m["name"] == "psnr-to-original")
    return (f"{before['value']:.{digits(entry)}f} → {after['value']:.{digits(entry)}f} {before['unit']}"
            f" ({after['count']} images{f', ± {error:.2f}' if error else ''}{near})")


def change(entry):
    before, after = entry["before"]["measurement"], entry["after"]["measurement"]
    return f"{after['value'] - before['value']:+.{digits(entry)}f} {before['unit'].replace('%', 'points')}"


def count(key, scale, form):
    return lambda entry: f"{entry['before'][key] / scale:{form}} → {entry['after'][key] / scale:{form}}"


def milliseconds(key, spread=True):
    def text(entry):
        t = entry["times"].get(key)
        return "–" if not t else f"{t['median']:.3g}" + (f" ({t['low']:.3g}–{t['high']:.3g})" if spread else "")
    return text


def times(before, after, spread=True):
    return lambda entry: f"{milliseconds(before, spread)(entry)} → {milliseconds(after, spread)(entry)}"


def gain(before, after, strong=False):
    def text(entry):
        t = entry["times"]
        if not t.get(before) or not t.get(after):
            return "–"
        ratio = f"{t[before]['median'] / t[after]['median']:.2f}×"
        return f"**{ratio}**" if strong else ratio
    return text


SHORT = {
    "network": lambda e: e["network"], "asked": asked, "on the test split": change, "Kerf, ms": times("kerf_before", "kerf_after", False),
    "gain": gain("kerf_before", "kerf_after", True), "gain in onnxruntime": gain("ort_before", "ort_after"),
    "over onnxruntime's original": gain("ort_before", "kerf_after"), "over ncnn's original": gain("ncnn_before", "kerf_after"),
}
LONG = {
    "network": lambda e: e["network"], "asked": asked, "accuracy on the test split": accuracy, "MMACs": count("macs", 1e6, ".4g"),
    "MB": count("bytes", 1e6, ".2f"), "Kerf, ms": times("kerf_before", "kerf_after"), "gain": gain("kerf_before", "kerf_after", True),
    "onnxruntime, ms": times("ort_before", "ort_after"), "gain in onnxruntime": gain("ort_before", "ort_after"),
    "ncnn before, ms": milliseconds("ncnn_before"), "Kerf after to onnxruntime before": gain("ort_before", "kerf_after"),
    "Kerf after to ncnn before": gain("ncnn_before", "kerf_after"),
}


def plain(entry):
    """What the plain networks within the bound are."""
    before = entry["before"]["measurement"]["value"]
    return ", ".join(f"{word} at {p['share']:g} of full rank {p['test'] - before:+.{digits(entry)}f}" for word, p in entry["plain"].items()) or "none within the bound"


def beside(runtime):
    """The gain of the choice and that of the best plain network."""
    def text(entry):
        t = entry["times"]
        found = [(t[f"{runtime}_before"]["median"] / t[f"{runtime}_{word}"]["median"], word) for word in entry["plain"]]
        best = "{:.2f}× ({})".format(*max(found)) if found else "1.00× (none)"
        return f"{gain(f'{runtime}_before', f'{runtime}_after', True)(entry)}, {best}"
    return text


PLAIN = {
    "network": lambda e: e["network"], "asked": asked, "Kerf's choice": change, "plain uniform ranks": plain,
    "in Kerf: choice, plain": beside("kerf"), "in onnxruntime: choice, plain": beside("ort"),
}


def choice(entry):
    """What stands in the layers' places, those alike together."""
    layers = {}
    for name, form, rank, precision in entry["forms"]:
        what = form + (":" + "/".join(map(str, rank)) if rank else "") + ("" if precision == "float32" else " " + precision)
        layers.setdefault(what, []).append(name)
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in layers.items()) or "no layer was replaced"


def write(entries):
    """The README's table and Docs/results.md."""
    machine = entries[0]["machine"]

    def every(key):
        return ", ".join(map(str, sorted({entry[key] for entry in entries})))

    note = (f"{machine['cpu']}, {machine['isa']}, {every('threads')} thread(s), batch 1; median over the quicker half (lowest–highest of all) of {every('rounds').replace(', ', ' or ')} rounds, all "
            f"candidates in turn in each round; onnxruntime {every('onnxruntime')}; no fine-tuning. Made by `make results`. To compare the rows of "
            "smaller files with: ALDS (Liebenwein et al., NeurIPS 2021) loses 0.40, 3.37 and 25.2 points at 17, 30 and 50 % fewer parameters of ResNet-20 "
            "without fine-tuning.")
    readme = ROOT / "README.md"
    block = f"<!-- results -->\n{table(SHORT, entries)}\n\n{note}\n<!-- /results -->"
    readme.write_text(re.sub(r"<!-- results -->.*<!-- /results -->", lambda _: block, readme.read_text(), flags=re.S))
    choices = "\n".join(f"- {e['network']}, {e['goal']}: {e['seconds']:.0f} s; {choice(e)}" for e in entries)
    (ROOT / "Docs/results.md").write_text(f"""# Results

{table(LONG, entries)}

{note}

## Beside uniform ranks by a plain script

The least share of the full rank at which `Scripts/plain.py` (NumPy's SVD, TensorLy's `partial_tucker`, weights alone) stays within the same bound on the same
validation images; change of the metric on the test split, and gains over the original.

{table(PLAIN, [e for e in entries if e["plain"] is not None])}

## Choices

Wall time of each `kerf compress`, and what it chose:

{choices}
""")
