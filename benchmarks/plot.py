"""Draw time against rows from benchmarks/results/dependence.json to reports/dependence-time.svg; same JSON, same bytes.

python benchmarks/plot.py [--input benchmarks/results/dependence.json] [--output reports/dependence-time.svg]
"""

import argparse
import json
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

HERE = Path(__file__).parent
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "dependence-time", "font.family": ["sans-serif"], "font.size": 9}

# Paul Tol's "bright", in which no two are alike to colour-blind readers; markers tell them apart without colour.
LINES = {
    "fairaudit": ("fairaudit, value and gradient", "#4477AA", "o"),
    "dcor_avl": ("dcor (AVL), value", "#EE6677", "s"),
    "dcor_mergesort": ("dcor (merge sort), value", "#AA3377", "v"),
    "dcor_naive": ("dcor, value", "#EE6677", "s"),
    "torch_double_sum": ("PyTorch, value and gradient", "#228833", "^"),
}
PANELS = {"attribute": "One integer attribute", "cells": "Two attributes, 20 joint cells"}


def draw(result):
    figure = Figure(figsize=(8.6, 4.1), layout="constrained")
    panels = figure.subplots(1, len(PANELS), sharex=True, sharey=True)
    for axes, (problem, title) in zip(panels, PANELS.items(), strict=True):
        for rival, (label, colour, marker) in LINES.items():
            points = [
                (entry["rows"], entry["median_s"])
                for entry in result["measurements"]
                if entry["problem"] == problem and entry["rival"] == rival and "skipped" not in entry
            ]
            if points:
                axes.plot(*zip(*points, strict=True), color=colour, marker=marker, markersize=4, label=label)
        axes.set(xscale="log", yscale="log", xlabel="rows")
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
        axes.set_yticks(
            [1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100], ["0.1 ms", "1 ms", "10 ms", "0.1 s", "1 s", "10 s", "100 s"]
        )
        axes.set_xticks([1e3, 1e4, 1e5, 1e6, 1e7], ["10³", "10⁴", "10⁵", "10⁶", "10⁷"])
        axes.minorticks_off()
        axes.set_ylim(2e-5, 100)
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower right", frameon=False, fontsize=8)
    panels[0].set_ylabel("seconds a call, one core")
    machine, versions = result["machine"], result["versions"]
    used = ", ".join(f"{name} {versions[name]}" for name in ("dcor", "torch") if versions[name])
    settings = result["settings"]
    figure.supxlabel(
        f"Median of several calls, without what is done once for a data set, on {machine['processor']}; {used}.\n"
        f"A line ends where a call would need more than {settings['most_seconds']:.0f} s or"
        f" {settings['most_memory_mb'] / 1000:.0f} GB, or at 10⁷ rows.",
        fontsize=8,
    )
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default=HERE / "results" / "dependence.json")
    parser.add_argument("--output", type=Path, default=HERE.parent / "reports" / "dependence-time.svg")
    options = parser.parse_args()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        canvas = FigureCanvasSVG(draw(json.loads(options.input.read_text())))
        canvas.print_svg(options.output, metadata={"Date": None})


if __name__ == "__main__":
    main()
