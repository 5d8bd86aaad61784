"""The ratios as a plot: a bar a work, whiskers at the quartiles, a mark at the floor of the work's bar."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

import works
from tables import TITLES

COLOURS = {"dense": "#4269d0", "factorized": "#efb118", "shapes": "#6cc5b0", "vgg": "#a463f2", "networks": "#9c6b4e",
           "vgg-int8": "#ff725c", "layers-int8": "#ff8ab7", "networks-int8": "#97bbf5", "networks-free": "#3ca951"}
plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "kerf", "font.size": 9, "font.family": "sans-serif"})


def draw(results, path):
    """Draws the works of `results`, family by family from the top."""
    ordered = [r for family in works.FAMILIES for r in results.values() if r["family"] == family]
    figure, axes = plt.subplots(figsize=(8.5, 0.9 + 0.19 * len(ordered)), layout="constrained")
    seen = set()
    for place, r in enumerate(ordered):
        low, high = r["quartiles"]
        family = r["family"]
        axes.barh(place, r["ratio"], height=0.72, color=COLOURS[family], label=None if family in seen else works.FAMILIES[family].split(" (")[0])
        axes.errorbar(r["ratio"], place, xerr=[[max(0, r["ratio"] - low)], [max(0, high - r["ratio"])]], color="#333333", capsize=2, linewidth=0.9)
        axes.text(1.01, place, f"{r['ratio']:.2f}  {TITLES[r['best']]}", va="center", fontsize=8, transform=axes.get_yaxis_transform())
        for bar in r["bars"]:
            if bar.get("peer") == r["best"]:
                axes.plot([bar["floor"]] * 2, [place - 0.42, place + 0.42], color="#d62728", linewidth=2,
                          label=None if "floor" in seen else "floor to be reached")
                seen.add("floor")
        seen.add(family)
    axes.axvline(1, color="#333333", linewidth=1)
    axes.set_yticks(range(len(ordered)), [r["name"] for r in ordered])
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    floors = [bar["floor"] for r in ordered for bar in r["bars"] if bar.get("peer") == r["best"]]
    axes.set_xlim(0, 1.05 * max([1.0, *floors, *(r["quartiles"][1] for r in ordered)]))
    axes.set_xlabel("time of the best peer / Kerf's time (above 1: Kerf is faster; whiskers: quartiles)")
    axes.xaxis.grid(True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
