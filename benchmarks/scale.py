"""Time audits of files against rows, groups and distinct predictions, beside DuckDB, Polars and fairlearn, as JSON.

python benchmarks/scale.py [--rows 1e5,1e6,1e7] [--largest 1e8] [--alone] > benchmarks/results/scale.json
python benchmarks/scale.py --spark < benchmarks/results/scale.json > new.json  # Spark beside it, on 10⁷ Parquet rows
python benchmarks/scale.py --page < benchmarks/results/scale.json  # reports/scale.md and .svg

Every run is a process of its own, with all that it imports: 1,000 bootstrap replicates, 499 shuffles, two threads.
Files are made on the spot. Seconds are by the clock, and of the processor, which hardly depend on what else the
machine does; ``--alone`` says that it does nothing else. Peak memory is that of the process.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
AUDIT = [
    *("--prediction", "score", "--target", "y", "--protected", "sex", "--protected", "region"),
    *("--threshold", "0.5", "--threads", "2", "--quiet"),
]
ON_SPARK = [*(each for each in AUDIT if each not in ("--threads", "2")), "--engine", "spark"]
ON_SPARK += ["--spark-master", "local[2]"]
SPARK_ROWS = 10**7
COLUMNS = "sex, region, y, score"
SCAN = "SELECT count(sex), count(region), sum(score), sum(y) FROM {source}"
GROUP = "SELECT sex, region, avg(score), avg(y), avg((score >= 0.5)::INT), count(*) FROM {source} GROUP BY ALL"
RIVALS = {
    "duckdb scan": "import duckdb; c = duckdb.connect(config={{'threads': 2}}); c.execute(\"{scan}\").fetchall()",
    "duckdb group-by": "import duckdb; c = duckdb.connect(config={{'threads': 2}}); c.execute(\"{group}\").fetchall()",
    "polars group-by": (
        "import os; os.environ['POLARS_MAX_THREADS'] = '2'; import polars as pl; "
        "print(pl.scan_{kind}('{path}').group_by('sex', 'region').agg(pl.len(), pl.col('score').mean(), "
        "pl.col('y').mean(), (pl.col('score') >= 0.5).mean().alias('selected')).collect(engine='streaming'))"
    ),
    "fairlearn MetricFrame": (
        "import pandas as pd; from fairlearn.metrics import MetricFrame, selection_rate; "
        "t = pd.read_{kind}('{path}', columns=['sex', 'region', 'y', 'score']) if '{kind}' == 'parquet' "
        "else pd.read_csv('{path}'); "
        "MetricFrame(metrics=selection_rate, y_true=t.y, y_pred=t.score >= 0.5, "
        "sensitive_features=t[['sex', 'region']]).by_group"
    ),
}
SPARK = "fairaudit on Spark, local[2]"
COLOURS = {
    "fairaudit": "#4477AA",
    "duckdb scan": "#228833",
    "polars group-by": "#AA3377",
    "fairlearn MetricFrame": "#EE6677",
}
"""Programs that are drawn."""
QUIET = "Nothing else ran on the machine."
BUSY = "Other work kept the machine busy (load {load}): seconds of the processor are what to compare."
WHERE = (
    "Where the time goes: with 101 scores 0.7 s of imports, 0.4 s of compiled loops that are loaded, then measures; at"
    " 10⁸ rows a second more for the one pass that counts lines, beside the digest of the file. Where all scores are"
    " distinct there are three passes (about how many there are, how many exactly, lines on the grid), and measures of"
    " 180,000 lines. With many groups the draws: 1,000 replicates of each cell, grid point and outcome."
)
SCORES = {101: "round(random() * 100) / 100", 10_000: "round(random() * 9999) / 9999", 0: "random()"}
"""Distinct predictions → how they are drawn; 0: all are distinct."""


def measured(arguments: list[str]) -> dict[str, float]:
    """Seconds by the clock and of the processor, and peak memory in MB, of a process."""
    start = time.perf_counter()
    with open(os.devnull, "w") as nowhere:
        child = os.posix_spawn(
            arguments[0],
            arguments,
            {**os.environ, "PYTHONPATH": str(ROOT)},
            file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)],
        )
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{arguments} failed")
    spent = used.ru_utime + used.ru_stime
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "processor": round(spent, 2),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def make(path: str, rows: int, groups: int, distinct: int) -> None:
    """A table of scored people at `path`, a column beside that no audit reads."""
    import duckdb

    table = (
        f"SELECT CASE WHEN random() < 0.5 THEN 'f' ELSE 'm' END AS sex,"
        f" 'region ' || floor(random() * {groups // 2})::INT AS region,"
        f" score, (random() < score)::INT AS y, random() AS other"
        f" FROM (SELECT {SCORES[distinct]} AS score FROM range({rows}))"
    )
    form = "FORMAT parquet" if path.endswith("parquet") else "FORMAT csv, HEADER"
    duckdb.connect(config={"threads": 2}).execute("SELECT setseed(0.5)").execute(f"COPY ({table}) TO '{path}' ({form})")


def audited(path: str) -> dict[str, float]:
    return measured([sys.executable, "-m", "fairaudit", "audit", path, *AUDIT])


def audited_on_spark(path: str) -> dict[str, float]:
    return measured([sys.executable, "-m", "fairaudit", "audit", path, *ON_SPARK])


def with_spark(result: dict) -> dict:
    """An earlier result with Spark, and the same audit without it measured anew beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for each in result["cases"]:
            if (each["kind"], each["rows"]) == ("parquet", SPARK_ROWS):
                path = f"{folder}/t.parquet"
                make(path, each["rows"], each["groups"], each["distinct"] if each["distinct"] < SPARK_ROWS else 0)
                first = {"fairaudit": audited(path), SPARK: audited_on_spark(path)}
                each["runs"] = first | {name: run for name, run in each["runs"].items() if name not in first}
    result["versions"]["pyspark"] = metadata.version("pyspark")
    return result


def case(folder: str, kind: str, rows: int, groups: int, distinct: int, rivals: bool) -> dict[str, object]:
    """One file made, audited, and read by the others."""
    path = f"{folder}/t.{kind}"
    make(path, rows, groups, distinct)
    runs = {"fairaudit": audited(path)}
    if rows == SPARK_ROWS and kind == "parquet":
        runs[SPARK] = audited_on_spark(path)
    source = f"read_{kind}('{path}')"
    filled = {"path": path, "kind": kind, "scan": SCAN.format(source=source), "group": GROUP.format(source=source)}
    for name, code in RIVALS.items():
        if name == "duckdb scan" or (rivals and (rows <= 10**6 or "fairlearn" not in name)):
            runs[name] = measured([sys.executable, "-W", "ignore", "-c", code.format(**filled)])
    size = os.path.getsize(path)
    os.unlink(path)
    return {"kind": kind, "rows": rows, "groups": groups, "distinct": distinct or rows, "mb": size >> 20, "runs": runs}


def results(rows: list[int], largest: int | None, alone: bool) -> dict[str, object]:
    """All cases."""
    wanted = [("parquet", n, 20, distinct, True) for n in rows for distinct in (101, 0)]
    wanted += [("csv", rows[-1], 20, 101, True)]
    wanted += [("parquet", largest, 20, 101, False)] if largest else []
    wanted += [("parquet", 10**6, 20, 10_000, False)]
    wanted += [("parquet", 10**6, groups, 101, False) for groups in (10, 200, 3000)]
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for each in wanted:
                print(each, file=sys.stderr, flush=True)
                cases.append(case(folder, *each))
        except (KeyboardInterrupt, SystemExit) as reason:
            print(f"{reason}; what was measured before is written", file=sys.stderr)
    names = ("duckdb", "fairaudit-cli", "fairlearn", "numpy", "pandas", "polars", "pyspark")
    return {
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.platform(),
            "load": round(os.getloadavg()[2], 1),
            "alone": alone,
        },
        "versions": {name: metadata.version(name) for name in names} | {"python": platform.python_version()},
        "cases": cases,
    }


def asked(case: dict) -> float | None:
    """Seconds within which the audit of a large file of 20 groups shall be done; None of others, which nobody asked."""
    if case["rows"] < SPARK_ROWS or case["groups"] != 20:
        return None
    return round(2 * case["runs"]["duckdb scan"]["seconds"] + 3, 2)


def called(case: dict) -> str:
    """What a case is called in a sentence."""
    scores = "all scores distinct" if case["distinct"] == case["rows"] else f"{case['distinct']:,} scores"
    return f"{case['rows']:,} rows of {'CSV' if case['kind'] == 'csv' else 'Parquet'}, {scores}"


def page(result: dict) -> str:
    """The cases as Markdown."""
    told = ["| file | asked, s | measured, s | |", "|---|--:|--:|---|"]
    lines = [
        "| file | rows | groups | distinct | program | seconds | processor | peak MB |",
        "|---|--:|--:|--:|---|--:|--:|--:|",
    ]
    for each in result["cases"]:
        seconds, limit = each["runs"]["fairaudit"]["seconds"], asked(each)
        if limit is not None:
            told.append(
                f"| {called(each)} | {limit:.2f} | {seconds:.2f} | {'met' if seconds <= limit else 'not met'} |"
            )
        for name, run in each["runs"].items():
            left = f"{each['kind']}, {each['mb']:,} MB | {each['rows']:,} | {each['groups']:,} | {each['distinct']:,}"
            lines.append(f"| {left} | {name} | {run['seconds']:.1f} | {run['processor']:.1f} | {run['peak_mb']:,} |")
    peak = max((each["rows"], each["runs"]["fairaudit"]["peak_mb"]) for each in result["cases"])
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    text = [
        "# Audits of large files",
        "",
        "Whole commands, imports included: `fairaudit audit` with 1,000 bootstrap replicates and 499 shuffles of a",
        "table of two protected attributes, a score cut at 0.5 and an outcome; beside a scan of the same columns by",
        "DuckDB, three means by group by DuckDB and Polars, and one selection rate by group by fairlearn, none with an",
        "interval or a p-value. Two threads each. On Spark the same audit, the start of Java included, whose memory is",
        "told.",
        "",
        f"Made by `benchmarks/scale.py` on {result['machine']['processors']} processors with {versions}."
        f" {QUIET if result['machine']['alone'] else BUSY.format(**result['machine'])}",
        "",
        "## What was asked, and what is",
        "",
        "Asked were at most twice the time of DuckDB's scan and three seconds, and at most 1 GB at 10⁸ rows.",
        "",
        *told,
        "",
        f"Peak memory at {peak[0]:,} rows: {peak[1]:,} MB, {'met' if peak[1] <= 1000 else 'not met'}.",
        "",
        WHERE,
        "",
        "![Seconds and peak memory against rows, groups and distinct scores](scale.svg)",
        "",
        "## All runs",
        "",
        *lines,
    ]
    return "\n".join(text) + "\n"


def drawn(result: dict, name: str, key: str, by: str, distinct: bool | None = None) -> list[tuple[int, float]]:
    """What is measured of a program against rows, groups or distinct scores, the others as in most cases.

    Args:
        result: the cases.
        name: the program.
        key: what is measured.
        by: what it is drawn against.
        distinct: of rows those of files in which all scores are distinct, or those with 101.
    """
    points = []
    for each in result["cases"]:
        usual = {
            "rows": each["groups"] == 20 and each["distinct"] == (each["rows"] if distinct else 101),
            "groups": each["rows"] == 10**6 and each["distinct"] == 101,
            "distinct": each["rows"] == 10**6 and each["groups"] == 20,
        }
        if each["kind"] == "parquet" and usual[by] and name in each["runs"]:
            points.append((each[by], each["runs"][name][key]))
    return sorted(points)


def draw(result: dict, path: Path) -> None:
    """Seconds and peak memory against rows, groups and distinct scores; same JSON, same bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    against = {"rows": "rows, 20 groups", "groups": "groups, 10⁶ rows", "distinct": "distinct scores, 10⁶ rows"}
    figure = Figure(figsize=(9.6, 6.2), layout="constrained")
    grid = figure.subplots(2, 3, sharey="row")
    for row, (key, title) in zip(grid, {"seconds": "Seconds", "peak_mb": "Peak memory, MB"}.items(), strict=True):
        for axes, (by, label) in zip(row, against.items(), strict=True):
            for name, colour in COLOURS.items():
                for distinct in (False, True) if by == "rows" else (None,):
                    points = drawn(result, name, key, by, distinct)
                    if len(points) < 2:
                        continue
                    kind = "" if distinct is None else f", {'all scores distinct' if distinct else '101 scores'}"
                    style = {"linestyle": "--", "marker": "^"} if distinct else {"marker": "o"}
                    axes.plot(*zip(*points, strict=True), color=colour, markersize=4, label=name + kind, **style)
            axes.set(xscale="log", yscale="log", xlabel=label)
            axes.grid(color="#dddddd", linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        row[0].set_title(title, loc="left", fontsize=10, fontweight="bold")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    settings = {"svg.fonttype": "none", "svg.hashsalt": "scale", "font.family": ["sans-serif"], "font.size": 9}
    with matplotlib.rc_context(settings):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="1e5,1e6,1e7")
    parser.add_argument("--largest", type=float)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--alone", action="store_true")
    given = parser.parse_args()
    if given.spark:
        print(json.dumps(with_spark(json.load(sys.stdin)), indent=1))
    elif given.page:
        read = json.load(sys.stdin)
        draw(read, ROOT / "reports" / "scale.svg")
        (ROOT / "reports" / "scale.md").write_text(page(read), encoding="utf-8")
    else:
        numbers = [int(float(each)) for each in given.rows.split(",")]
        print(json.dumps(results(numbers, int(given.largest) if given.largest else None, given.alone), indent=1))
