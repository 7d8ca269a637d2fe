"""Time audits of files against rows, groups and distinct predictions, beside DuckDB, Polars and fairlearn, as JSON.

python benchmarks/scale.py [--rows 1e5,1e6,1e7] [--largest 1e8] > benchmarks/results/scale.json
python benchmarks/scale.py --spark < benchmarks/results/scale.json > new.json  # Spark beside it, on 10⁷ Parquet rows
python benchmarks/scale.py --page < benchmarks/results/scale.json  # reports/scale.md and .svg

Every run is a process of its own, with all that it imports: 1,000 bootstrap replicates, 499 shuffles, two threads.
Files are made on the spot. Seconds are by the clock, and of the processor, which hardly depend on what else the
machine does; peak memory is that of the process.
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
UNFINISHED = (
    "With 3,000 groups an audit of 10⁶ rows took more than a minute of processor and 2.1 GB; it was not waited for."
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


def results(rows: list[int], largest: int | None) -> dict[str, object]:
    """All cases."""
    asked = [("parquet", n, 20, distinct, True) for n in rows for distinct in (101, 0)]
    asked += [("csv", rows[-1], 20, 101, True)]
    asked += [("parquet", largest, 20, 101, False)] if largest else []
    asked += [("parquet", 10**6, 20, 10_000, False)]
    asked += [("parquet", 10**6, groups, 101, False) for groups in (200, 3000)]
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for each in asked:
                print(each, file=sys.stderr, flush=True)
                cases.append(case(folder, *each))
        except (KeyboardInterrupt, SystemExit) as reason:
            print(f"{reason}; what was measured before is written", file=sys.stderr)
    names = ("duckdb", "fairaudit-cli", "fairlearn", "numpy", "pandas", "polars", "pyspark")
    return {
        "machine": {"processors": os.cpu_count(), "system": platform.platform(), "load": round(os.getloadavg()[2], 1)},
        "versions": {name: metadata.version(name) for name in names} | {"python": platform.python_version()},
        "cases": cases,
    }


def page(result: dict) -> str:
    """The cases as Markdown."""
    lines = [
        "| file | rows | groups | distinct | program | seconds | processor | peak MB |",
        "|---|--:|--:|--:|---|--:|--:|--:|",
    ]
    for each in result["cases"]:
        for name, run in each["runs"].items():
            left = f"{each['kind']}, {each['mb']:,} MB | {each['rows']:,} | {each['groups']:,} | {each['distinct']:,}"
            lines.append(f"| {left} | {name} | {run['seconds']:.1f} | {run['processor']:.1f} | {run['peak_mb']:,} |")
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    machine = result["machine"]
    text = [
        "# Audits of large files",
        "",
        "Whole commands, imports included: `fairaudit audit` with 1,000 bootstrap replicates and 499 shuffles of a",
        "table",
        "of two protected attributes, a score cut at 0.5 and an outcome; beside a scan of the same columns by DuckDB,",
        "three means by group by DuckDB and Polars, and one selection rate by group by fairlearn, none with an",
        "interval or a",
        "p-value. Two threads each. On Spark the same audit, the start of Java included, whose memory is told.",
        "Asked were twice DuckDB's scan and three seconds, and at most 1 GB at 10⁸ rows.",
        "",
        f"Made by `benchmarks/scale.py` on {machine['processors']} processors with {versions}. Other work kept",
        f"the machine busy (load {machine['load']}): seconds by the clock are several times those of a quiet one, and",
        "seconds",
        "of the processor are what to compare.",
        "",
        "![Processor seconds and peak memory against rows](scale.svg)",
        "",
        *lines,
        *([] if any(each["groups"] == 3000 for each in result["cases"]) else ["", UNFINISHED]),
    ]
    return "\n".join(text) + "\n"


def draw(result: dict, path: Path) -> None:
    """Processor seconds and peak memory against rows; same JSON, same bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    colours = {
        "fairaudit": "#4477AA",
        "duckdb scan": "#228833",
        "polars group-by": "#AA3377",
        "fairlearn MetricFrame": "#EE6677",
    }
    figure = Figure(figsize=(8.6, 4.1), layout="constrained")
    for axes, key, title in zip(
        figure.subplots(1, 2), ("processor", "peak_mb"), ("Processor seconds", "Peak memory, MB"), strict=True
    ):
        for name, colour in colours.items():
            for distinct, marker in ((True, "^"), (False, "o")):
                points = sorted(
                    (each["rows"], each["runs"][name][key])
                    for each in result["cases"]
                    if each["kind"] == "parquet"
                    and each["groups"] == 20
                    and name in each["runs"]
                    and (each["distinct"] == each["rows"]) == distinct
                    and each["distinct"] != 10_000
                )
                if points:
                    label = f"{name}, {'all scores distinct' if distinct else '101 scores'}"
                    axes.plot(
                        *zip(*points, strict=True),
                        color=colour,
                        marker=marker,
                        markersize=4,
                        label=label,
                        linestyle="--" if distinct else "-",
                    )
        axes.set(xscale="log", yscale="log", xlabel="rows")
        axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(loc="upper left", frameon=False, fontsize=7)
    settings = {"svg.fonttype": "none", "svg.hashsalt": "scale", "font.family": ["sans-serif"], "font.size": 9}
    with matplotlib.rc_context(settings):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="1e5,1e6,1e7")
    parser.add_argument("--largest", type=float)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--spark", action="store_true")
    given = parser.parse_args()
    if given.spark:
        print(json.dumps(with_spark(json.load(sys.stdin)), indent=1))
    elif given.page:
        read = json.load(sys.stdin)
        draw(read, ROOT / "reports" / "scale.svg")
        (ROOT / "reports" / "scale.md").write_text(page(read), encoding="utf-8")
    else:
        numbers = [int(float(each)) for each in given.rows.split(",")]
        print(json.dumps(results(numbers, int(given.largest) if given.largest else None), indent=1))
