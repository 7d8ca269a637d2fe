"""Table and picture of our paths against the published ones, from benchmarks/results/frontier.json.

python benchmarks/frontier_report.py [--input benchmarks/results/frontier.json]

The same JSON gives the same reports/motor-frontier.md and reports/motor-frontier.svg.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib
import motor
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

HERE = Path(__file__).parent
REPORTS = HERE.parent / "reports"
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "motor-frontier", "font.family": ["sans-serif"], "font.size": 9}
TARGETS = {"glm": 60, "boosting": 120}
"""Seconds for both penalties together, 16 strengths each."""
TITLES = {"glm": "PenalizedGLM", "boosting": "PenalizedBoosting", "network": "PenalizedNetwork"}
# Paul Tol's "bright", as in plot.py.
LINES = {
    "published": ("#EE6677", "s"),
    "glm": ("#4477AA", "o"),
    "boosting": ("#228833", "^"),
    "network": ("#AA3377", "D"),
}


def of(rows: list[dict], model: str, penalty: str) -> list[dict]:
    """Our rows of one path."""
    return [row for row in rows if row["model"] == model and row["penalty"] == penalty]


def chosen(ours: list[dict], row: dict) -> dict | None:
    """Of our points that are lower in RPS, CCdCov² and UF than a published row the one of least RPS."""
    lower = [each for each in ours if all(each[name] < row[name] for name in ("rps", "ccdcov", "uf"))]
    return min(lower, key=lambda each: each["rps"], default=None)


def at_equal(ours: list[dict], row: dict, name: str = "ccdcov") -> float | None:
    """Our RPS at the dependence of a published row, linear in its logarithm; None below the path's least."""
    points = sorted((each[name], each["rps"]) for each in ours if each[name] > 0)
    places = np.log([place for place, _ in points])
    least = np.minimum.accumulate([rps for _, rps in points])  # a point of less dependence may stand for one of more
    wanted = np.log(row[name])
    return float(np.interp(wanted, places, least)) if wanted >= places[0] else None


def gains(rows: list[dict], model: str) -> list[tuple[dict, dict | None, float | None]]:
    """Each published row with our chosen point and the per cent of RPS gained at equal CCdCov²."""
    found = []
    for row in motor.published():
        ours = of(rows, model, row["penalty"])
        equal = at_equal(ours, row)
        found.append((row, chosen(ours, row), None if equal is None else 100 * (1 - equal / row["rps"])))
    return found


def relative(result: dict, other: dict) -> list[dict]:
    """Rows on another split with RPS as on the published one: in the same proportion to that of the constant rate."""
    scale = result["constant"] / other["constant"]
    return [row | {"rps": row["rps"] * scale} for row in other["validation"]]


def others(result: dict) -> str:
    """GLM and boosting on other splits against the published rows."""
    splits = [("the published one", result["validation"])]
    splits += [(f"seed {other['seed']}", relative(result, other)) for other in result["others"]]
    lines = []
    for name, rows in splits:
        for model in ("glm", "boosting"):
            every = gains(rows, model)
            equal = [gain for _, _, gain in every if gain is not None]
            beaten = sum(point is not None for _, point, _ in every)
            ends, mean = f"{min(equal):.2f}% to {max(equal):.2f}%", f"{sum(equal) / len(equal):.2f}%"
            lines.append([name, TITLES[model], f"{beaten} of {len(every)}", ends, mean])
    return table(["split", "model", "rows beaten", "at equal CCdCov²", "on average"], lines)


def scatter(rows: list[dict], model: str) -> float:
    """How far a point lies from the line between its neighbours on the path by chance: standard deviation of RPS.

    Second differences of points that scatter independently about a smooth path have six times their variance.
    """
    squares = []
    for penalty in ("ccdcov", "jdcov"):
        path = [row["rps"] for row in of(rows, model, penalty) if 50 <= row["strength"] <= 150]
        squares += list(np.diff(path, 2) ** 2 / 6)
    return float(np.sqrt(np.mean(squares)))


def table(head: list[str], lines: list[list[str]]) -> str:
    """A Markdown table, numbers to the right."""
    rule = ["---" if index == 0 else "---:" for index in range(len(head))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))


def number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}g}"


def against(rows: list[dict], model: str) -> str:
    """One model against each published row."""
    lines = []
    for row, point, gain in gains(rows, model):
        ours = ["–"] * 5 if point is None else [f"{point['strength']:g}", f"{point['rps']:.5f}"]
        if point is not None:
            ours += [number(point[name]) for name in ("ccdcov", "uf", "jsd")]
        theirs = [f"{row['rps']:.5f}", *(number(row[name]) for name in ("ccdcov", "uf", "jsd"))]
        lower = "–" if point is None else f"{100 * (1 - point['rps'] / row['rps']):.2f}%"
        equal = "–" if gain is None else f"{gain:.2f}%"
        lines.append([f"{row['penalty']} {row['strength']:g}", *theirs, *ours, lower, equal])
    head = ["published λ", "RPS", "CCdCov²", "UF", "JSD"]
    head += ["our λ", "RPS", "CCdCov²", "UF", "JSD", "lower RPS there", "at equal CCdCov²"]
    return table(head, lines)


def path_table(rows: list[dict], final: bool = False) -> str:
    """Our own rows in full; of final models with the difference from the plain one."""
    names = ("ccdcov", "jdcov", "jdcov_net", "uf", "jsd", "ccdcov_excess", "uf_excess", "jsd_excess")
    head = ["", "RPS", "deviance", "CCdCov²", "JdCov²", "less constant", "UF", "JSD"]
    head += ["CCdCov² over floor", "UF over floor", "JSD over floor", *(["RPS over plain (s.e.)"] if final else [])]
    lines = []
    for row in rows:
        last = [f"{row['rps_over_plain']:.5f} ({row['se']:.5f})"] if final else []
        title = f"{row['model']} {row['penalty']} {row['strength']:g}"
        values = [number(row[name]) for name in names]
        lines.append([title, f"{row['rps']:.5f}", f"{row['deviance']:.5f}", *values, *last])
    return table(head, lines)


def verdicts(rows: list[dict]) -> list[str]:
    """What holds, counted from the rows."""
    said = []
    for model, title in TITLES.items():
        found = gains(rows, model)
        lower = [point for _, point, _ in found if point is not None]
        equal = [gain for _, _, gain in found if gain is not None]
        raw, over = (
            sum(point is not None and point[name] < row["jsd"] for row, point, _ in found)
            for name in ("jsd", "jsd_excess")
        )
        said.append(
            f"* {title}: lower in RPS, CCdCov² and UF at once than {len(lower)} of {len(found)} published rows."
            f" At equal CCdCov² its RPS is {min(equal):.2f}% to {max(equal):.2f}% lower ({len(equal)} rows within its"
            f" path). The JSD of the chosen point is lower, too, in {raw}; its excess over the floor is lower than the"
            f" published raw value in {over}."
        )
    return said


def times(result: dict) -> list[str]:
    """Seconds of processor of the whole paths next to their targets."""
    said = []
    for model, title in TITLES.items():
        spent = result["seconds"][model]
        work = sum(each["cpu"] for each in spent.values())
        said.append(
            f"* {title}: {work:.0f} s for {len(result['timed_strengths'])} strengths × {len(spent)} penalties, data"
            " preparation and plain models included" + (f"; target {TARGETS[model]} s." if model in TARGETS else ".")
        )
    return said


def markdown(result: dict) -> str:
    rows, machine = result["validation"], result["machine"]
    floors = [row["jsd_floor"] for row in rows]
    least = min(row["jsd"] for row in motor.published())
    parts = [
        "# Motor insurance: our paths against the published ones",
        "Made by `make bench-frontier` (`benchmarks/frontier.py`) from the papers' data, preparation and split; see"
        " `benchmarks/motor.py`. Every row is measured on the validation part (23,521 policies, of 56,495 fitted on)."
        " RPS over k = 0..10 of expected counts; CCdCov² and JdCov² unbiased, over region × gender; UF of unweighted"
        " groups; JSD in bits of Gaussian kernels of bandwidth 0.15. A floor is the mean over"
        f" {result['shuffles']} shuffles of the groups. Published: means of ten seeds of penalised networks.",
        "![RPS against dependence](motor-frontier.svg)",
        "## What holds",
        "\n".join(verdicts(rows)),
        "The raw JSD of most published rows is not reached. The floor of the JSD of our predictions, what shuffled"
        f" groups give, is {min(floors):.4f} to {max(floors):.4f}; published values go down to {least:.4f}. With a"
        " bandwidth fixed at 0.15 and groups of a few hundred rows, predictions of our spread cannot show so little"
        " even when they do not depend on the groups at all; published ones must be flatter, for which the same"
        " bandwidth hides more. The floors of the published predictions are not known, so that their excesses cannot be"
        " compared; where our excess alone is above their raw value, they are better by this measure.",
        "## Time",
        "\n".join(times(result)),
        f"Seconds of processor, on {machine['cores']} cores that other work shared; threads of LightGBM"
        f" {machine['jobs']}, of linear algebra 1. The published code takes about 20 minutes for one strength and"
        " seed.",
        *[
            part
            for model, title in TITLES.items()
            for part in (
                f"## {title} against each published row",
                "Our point: of those lower in RPS, CCdCov² and UF the one of least RPS, same penalty. At equal CCdCov²:"
                " by how much our RPS is lower, interpolated on our path in log CCdCov².",
                against(rows, model),
            )
        ],
        "## On other splits",
        "The same models, with the same settings, on two more splits drawn as the published one was, with other seeds;"
        " no setting was chosen on them. The published networks were not fitted there: their RPS is taken to be in the"
        " same proportion to that of the constant rate as on the published split ("
        + ", ".join(f"{each:.5f}" for each in (result["constant"], *(o["constant"] for o in result["others"])))
        + "). Rows beaten: lower in RPS, CCdCov² and UF at once.",
        others(result),
        "## Final models on the test part",
        "Looked at once, at the end, for models that rules on the validation part name: the plain boosting, and of each"
        " model the point chosen against the published CCdCov² row of λ = 80. Published on the test part: RPS 0.12248"
        " plain (CCdCov² 1.0e-3, UF 0.081), 0.12314 at CCdCov² λ = 40 (5.8e-5, 0.0062), 0.12366 at JdCov² λ = 30"
        " (5.3e-5, 0.0057), with JSD 0.0018 and 0.0015.",
        path_table(result["test"], final=True),
        "## Limits",
        "* RPS of different splits do not compare; on this one the standard error of a paired difference of two models"
        " is about 0.0002 to 0.0003, and the published rows are means of ten fits, ours are single fits.\n"
        "* Points of a path scatter from strength to strength: between λ = 50 and 150 by"
        f" {scatter(rows, 'glm'):.6f} in RPS (GLM), {scatter(rows, 'boosting'):.6f} (boosting, whose trees are grown"
        f" anew for each) and {scatter(rows, 'network'):.6f} (network). What is said at equal CCdCov² takes the least"
        " RPS up to there, and so a lucky point: that of boosting moved by a tenth of a per cent between the last two"
        " runs at the strongest JdCov² rows.\n"
        "* Settings of ours (knots, interactions, ridge, trees) were picked on this validation part; the"
        " test part is the fair comparison. The network has its default settings; it was added later, and never looked"
        " at on the test part.\n"
        "* The same measure is penalised and compared; UF and JSD were not penalised by anyone.\n"
        "* A sketch apart from this script put the least RPS that exact parity allows near 0.1186; points below it have"
        " some dependence left.",
        "## Our paths in full",
        path_table(rows),
    ]
    return "\n\n".join(parts) + "\n"


def draw(result: dict) -> Figure:
    figure = Figure(figsize=(8.6, 4.3), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    rows = result["validation"]
    for axes, (penalty, title) in zip(
        panels, {"ccdcov": "CCdCov² penalty", "jdcov": "JdCov² penalty"}.items(), strict=True
    ):
        theirs = [row for row in motor.published() if row["penalty"] == penalty]
        for name, (colour, marker) in LINES.items():
            line = theirs if name == "published" else of(rows, name, penalty)
            axes.plot(
                [row["ccdcov"] for row in line],
                [row["rps"] for row in line],
                color=colour,
                marker=marker,
                markersize=4,
                label=TITLES.get(name, "published networks"),
            )
        axes.set_xscale("log")
        axes.set_xlabel("CCdCov² of validation predictions")
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("RPS, validation part (lower is better)")
    panels[1].legend(loc="upper right", frameon=False, fontsize=8)
    figure.supxlabel("Down and to the left is better: less error, less dependence on region × gender.", fontsize=8)
    return figure


def write(result: dict) -> None:
    (REPORTS / "motor-frontier.md").write_text(markdown(result))
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        FigureCanvasSVG(draw(result)).print_svg(REPORTS / "motor-frontier.svg", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--input", type=Path, default=HERE / "results" / "frontier.json")
    write(json.loads(parser.parse_args().input.read_text()))


if __name__ == "__main__":
    main()
