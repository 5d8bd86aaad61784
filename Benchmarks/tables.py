"""The results as Markdown."""
import works
from files import NAMES
from measure import BUSY, SINGLE
from verdict import geometric_mean

PEERS = ("onnxruntime", "openvino", "ncnn")
TITLES = {"onnxruntime": "onnxruntime", "openvino": "OpenVINO", "openvino nncf": "OpenVINO, NNCF's file", "ncnn": "ncnn", "kerf": "Kerf", "kerf cold": "Kerf, first start"}

# What two threads must bring on VGG-like work: speed-up over one, and the share of one thread's ratio that is kept.
TWO_THREADS = (1.8, 0.9)


def milliseconds(value):
    """Three figures."""
    return "–" if value is None else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def rows(head, body):
    """A table whose first column is text and whose others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body]) + "\n"


def bar_text(bar):
    against = "" if bar["against"] == "best" else f" against {TITLES[bar['against']]}"
    if bar["verdict"] == "no peer":
        return f"{bar['floor']}{against}: no peer"
    value = f" ({bar['ratio']:.2f})" if against else ""
    outcome = bar["verdict"] if bar["verdict"] != "straddles" else f"{'met' if bar['holds'] else 'missed'}, quartiles straddle"
    return f"{bar['floor']}{against}: {outcome}{value}"


def conditions(results):
    """What the numbers were measured on and with."""
    any_work = next(iter(results["works"].values()))
    versions = {TITLES[n]: v for r in results["works"].values() for n, v in r["versions"].items() if n in ("kerf", *PEERS)}
    machine = results["machine"]
    return (f"{any_work['cpu']}, {machine['cores']} cores, {any_work['isa']}; {machine['system']}; {machine['date']}; "
            + ", ".join(f"{name} {version}" for name, version in versions.items()) + "; float32 unless named int8, batch 1 unless named.")


def accuracy_text(accuracy):
    before, after = accuracy["before"], accuracy["after"]
    places = 3 if before["unit"] == "dB" else 1
    return f"{before['value']:.{places}f} → {after['value']:.{places}f} {before['unit']} ({before['count']} images), found in {accuracy['seconds']:.0f} s"


def family_table(members):
    peers = [p for p in NAMES if any(p in r["median_ms"] or p in r["dropped"] for r in members)]
    free = any(r.get("accuracy") for r in members)
    unit = "metric on the test split" if free else "Kerf GOP/s" if members[0].get("int8") else "Kerf GFLOP/s"
    inner = ["inner layers GOP/s (of 4 × float peak)"] if any(r.get("inner") for r in members) else []
    head = ["work", "Kerf ms", *[f"{TITLES[p]} ms" for p in peers], unit, *inner, "ratio to the best", "quartiles", "bar"]
    body = []
    for r in members:
        low, high = r["quartiles"]
        name = r["name"] + (" †" if r["occupied"] > BUSY else "")
        rate = accuracy_text(r["accuracy"]) if free else f"{2e-6 * r['multiplications'] / r['median_ms']['kerf']:.0f}"
        body.append([name, milliseconds(r["median_ms"]["kerf"]), *[milliseconds(r["median_ms"].get(p)) for p in peers], rate,
                     *[f"{r['inner']['gops']:.0f} ({r['inner']['gops'] / r['inner']['peak_gflops'] / 4:.0%})" for _ in inner],
                     f"**{r['ratio']:.2f}**", f"{low:.2f}–{high:.2f}", "; ".join(map(bar_text, r["bars"])) or "–"])
    return rows(head, body)


def two_threads(one, two):
    """Speed-up over one thread in the same run, and the ratio beside that of the run with one thread."""
    body = []
    for name, r in two["works"].items():
        single = one["works"].get(name)
        if single:
            speedup, kept = r["median_ms"][SINGLE] / r["median_ms"]["kerf"], r["ratio"] / single["ratio"]
            outcome = "met" if speedup >= TWO_THREADS[0] and kept >= TWO_THREADS[1] else "missed"
            mark = " †" if r["occupied"] > BUSY else ""
            body.append([name + mark, milliseconds(r["median_ms"][SINGLE]), milliseconds(r["median_ms"]["kerf"]), f"**{speedup:.2f}×**",
                         f"{r['ratio']:.2f} ({TITLES[r['best']]})", f"{single['ratio']:.2f}", outcome if r["family"] in ("dense", "vgg", "vgg-int8") else "–"])
    if not body:
        return ""
    head = ["work", "one thread ms", "two threads ms", "speed-up", "ratio to the best", "with one thread",
            f"bar {TWO_THREADS[0]}× and {TWO_THREADS[1]} of the ratio"]
    return "## Two threads\n\n" + rows(head, body) + "\n"


def footprint_tables(footprint):
    if not footprint["works"]:
        return ""
    text = ""
    for title, key, scale, unit in (("Memory", "memory", 2**20, "MiB above the same process with nothing loaded"),
                                    ("Load time", "load_ms", 1, "ms to a first output, less a later run")):
        names = ["kerf", "kerf cold", *PEERS]
        body = []
        for r in footprint["works"].values():
            values = {n: v / scale for n, v in r[key].items()}
            best = min((n for n in values if n in PEERS), key=values.get)
            body.append([r["name"], *[f"{values[n]:.1f}" if n in values else "–" for n in names],
                         "met" if values["kerf"] <= values[best] else f"missed ({TITLES[best]})"])
        text += f"## {title} ({unit})\n\n" + rows(["network", *[TITLES[n] for n in names], "at most the best peer's"], body) + "\n"
    return text


def full(one, two, footprint):
    """results.md"""
    text = f"# Measured\n\nWritten by `report.py`. {conditions(one)}\n\nRatio: time of the best peer / Kerf's; above 1 Kerf is faster. "
    text += "GFLOP/s count the multiplications and additions of the convolutions as written; Winograd forms need fewer.\n\n"
    text += "![Ratios of all works](works.svg)\n\n"
    for family, title in works.FAMILIES.items():
        members = [r for r in one["works"].values() if r["family"] == family]
        if members:
            mean = geometric_mean([r["ratio"] for r in members])
            text += f"## {title[0].upper()}{title[1:]}\n\nGeometric mean of the ratios: **{mean:.2f}**.\n\n{family_table(members)}\n"
    left_out = [f"- {r['name']}: {TITLES[p]}: {reason}" for r in one["works"].values() for p, reason in r["dropped"].items()]
    if left_out:
        text += "## Left out\n\n" + "\n".join(left_out) + "\n\n"
    text += two_threads(one, two) + footprint_tables(footprint)
    if " †" in text:
        text += f"† Others took more than {BUSY:.0%} of the cores meanwhile.\n"
    return text.rstrip() + "\n"


def overview(one):
    """The README's table: VGG-16, and the geometric means of the other families."""
    body = []
    for r in one["works"].values():
        if r["family"] in ("vgg", "vgg-int8"):
            body.append([r["name"], milliseconds(r["median_ms"]["kerf"]), f"{milliseconds(r['median_ms'][r['best']])} ({TITLES[r['best']]})",
                         f"{r['ratio']:.2f}"])
    for family in works.FAMILIES:
        ratios = [r["ratio"] for r in one["works"].values() if r["family"] == family]
        if ratios and family not in ("vgg", "vgg-int8"):
            title = works.FAMILIES[family].split(" (")[0].split(": ")[0]
            body.append([f"{len(ratios)} works: {title}", "", "", f"{geometric_mean(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"])
    head = ["one thread", "Kerf ms", "best peer ms", "ratio"]
    picture = "![Ratio of the best peer's time to Kerf's, work by work](Benchmarks/results/overview.svg)"
    return f"{rows(head, body)}\n{conditions(one)} [All works](Benchmarks/results/results.md), [how it is measured](Benchmarks/README.md).\n\n{picture}\n"
