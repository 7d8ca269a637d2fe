"""Strategies for tables as a stranger may send them, and for questions about them that mostly fit.

Hypothesis draws the layout, the columns and the roles; the values of a column come from a seed, so that a failure
shrinks to few rows and columns, and a table is made in little time.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hostile_runs import Question
from hypothesis import strategies as st

Values = list[str]
Column = Callable[[np.random.Generator, int], Values]

TEXTS = (
    *(
        "::error::x",
        "##[error]x",
        "##vso[task.x]",
        "<script>alert(1)</script>",
        "</title>",
        "[bold red]x[/]",
        "{{7*7}}",
    ),
    *("a\nb", "a\r\nb", "\x1b[31mred\x1b[0m", "\x07bell", "\u202eevil\u202c", "\u2028ls", "\u200b", "\ufeffbom", "\\"),
    *("'); DROP TABLE raw; --", '"quote"', "a,b", "a;b", "a|b", "a=b", "x:bins=1", "x:na=1", "y:categorical", "$x$"),
    *("-", "--help", "", " ", "trail ", "e\u0301", "\u00e9", "\u00df", "\ufb03", "\U0001f600", "\u0130", "x" * 300),
    *("null", "NA", "None", "#N/A", "(missing)", "total", "all", "other", "rowid", "%s", "%(x)s", "{x}", "*", "?"),
)
"""Names and levels that a format, a language or a reader could trip over."""
MARKS = ("", "NA", "null", "?", "-", "-999", "#N/A", "N/A", "none", ".", "#DIV/0!", "unknown")
NUMBERS = (
    *("0", "-0.0", "1e308", "-1e308", "1e-310", "5e-324", "1e400", "-1e400", "9223372036854775807"),
    *("9223372036854775808", "-9223372036854775808", "1" + "0" * 30, "9007199254740993", "0x10", "1_000", "1e", "1e5"),
    *("٣", "½", "+1", "007", "1.", ".5", "1,5", "1.234,5", "1 000", "$5", "45%", "£1", "(5)", "1e17", "0.1e1"),
)
"""Numbers, and texts that look like some, at the ends of what a machine can hold."""


def _texts(values: np.ndarray) -> Values:
    return [str(value) for value in values.tolist()]


def _of(*levels: str) -> Column:
    return lambda rng, rows: [levels[place] for place in rng.integers(0, len(levels), rows)]


def _near(base: float, step: float) -> Column:
    return lambda rng, rows: [repr(base + step * place) for place in rng.integers(0, 8, rows).tolist()]


OUTCOMES: dict[str, Column] = {
    "ones": _of("0", "1"),
    "booleans": _of("true", "false"),
    "answers": _of("yes", "no"),
    "spellings": _of("True", "true", "FALSE", "false"),
    "three": _of("low", "mid", "high"),
    "counts": lambda rng, rows: _texts(rng.poisson(0.4, rows)),
    "amounts": lambda rng, rows: _texts(rng.lognormal(3, 2, rows).round(2)),
    "grades": lambda rng, rows: _texts(rng.integers(1, 6, rows)),
    "all yes": _of("1"),
    "rare": lambda rng, rows: _texts((rng.random(rows) < 0.03).astype(int)),
}
SCORES: dict[str, Column] = {
    "probabilities": lambda rng, rows: _texts(rng.random(rows)),
    "points": lambda rng, rows: _texts(rng.integers(300, 850, rows)),
    "deciles": lambda rng, rows: _texts(rng.integers(1, 11, rows)),
    "constant": _of("0.5"),
    "per cent": lambda rng, rows: [f"{value:.0f}%" for value in 100 * rng.random(rows)],
    "huge": lambda rng, rows: [repr(value) for value in (10.0 ** rng.uniform(60, 307, rows)).tolist()],
    "tiny": lambda rng, rows: [repr(value) for value in (10.0 ** rng.uniform(-320, -290, rows)).tolist()],
    "all scales": lambda rng, rows: [repr(value) for value in (10.0 ** rng.uniform(-300, 300, rows)).tolist()],
    "rounding": _near(1.0, 2.0**-52),
    "large steps": _near(1e17, 16.0),
    "signed": lambda rng, rows: _texts(rng.normal(0, 1, rows).round(3)),
    "zeros and ones": _of("0", "1", "0.0", "1.0", "-0.0"),
}
GROUPS: dict[str, Column] = {
    "two": _of("f", "m"),
    "alike": _of("Male", "male", "male ", "MALE", "female"),
    "forms": _of("\u00e9", "e\u0301", "e"),
    "codes": lambda rng, rows: _texts(rng.integers(1, 8, rows)),
    "ages": lambda rng, rows: _texts(rng.integers(18, 90, rows)),
    "incomes": lambda rng, rows: _texts(rng.lognormal(10, 1, rows).round(2)),
    "persons": lambda rng, rows: [f"id {value}" for value in rng.permutation(rows)],
    "sets": _of("White", "White; Black", "Black; White", "Black", ""),
    "one": _of("same"),
    "lonely": lambda rng, rows: ["alone" if place == 0 else "most" for place in range(rows)],
    "births": lambda rng, rows: [f"{y}-{m:02}-{d:02}" for y, m, d in _days(rng, rows)],
    "american births": lambda rng, rows: [f"{m}/{d}/{y}" for y, m, d in _days(rng, rows)],
    "times": lambda rng, rows: [f"{y}-{m:02}-{d:02} 1{m % 10}:30" for y, m, d in _days(rng, rows)],
    "postcodes": lambda rng, rows: [f"{value:05}" for value in rng.integers(0, 20, rows)],
    "comma numbers": lambda rng, rows: [f"{value:,}" for value in rng.integers(0, 9_000, rows).tolist()],
    "decimal commas": lambda rng, rows: [f"{value:.2f}".replace(".", ",") for value in rng.random(rows)],
    "marks": _of(*MARKS, "a", "b"),
    "texts": _of(*TEXTS),
    "numbers": _of(*NUMBERS),
    "sentinels": lambda rng, rows: ["-999" if value < 0.1 else f"{value:.2f}" for value in rng.random(rows)],
    "nothing": _of(""),
}
ODD: dict[str, Column] = {**GROUPS, **SCORES, **OUTCOMES}


def _days(rng: np.random.Generator, rows: int) -> list[list[int]]:
    return np.column_stack(
        [rng.integers(1930, 2015, rows), rng.integers(1, 13, rows), rng.integers(1, 29, rows)]
    ).tolist()


def _with_odd_cells(values: Values, odd: Sequence[str], share: float, rng: np.random.Generator) -> Values:
    chosen = rng.random(len(values)) < share
    return [odd[rng.integers(0, len(odd))] if here else value for value, here in zip(values, chosen, strict=True)]


FITTING = (
    ("ones", "booleans", "answers", "ones", "counts", "amounts", "grades", "spellings"),
    ("probabilities", "probabilities", "deciles", "points", "signed", "zeros and ones", "all scales"),
    ("two", "alike", "forms", "codes", "ages", "incomes", "two", "lonely", "postcodes", "sets", "texts", "sentinels"),
)
"""Kinds of outcomes, scores and groups about which a question can mostly be answered."""


@st.composite
def _columns(draw: st.DrawFn, fitting: bool) -> tuple[list[str], list[Values]]:
    """Names and cells: an outcome, a score, one group or more, and others."""
    rows = draw(st.sampled_from([60, 40, 120, 200] if fitting else [60, 25, 8, 3, 2, 1, 0, 300]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    outcomes, scores, groups = FITTING if fitting else (sorted(OUTCOMES), sorted(SCORES), sorted(GROUPS))
    kinds = [OUTCOMES[draw(st.sampled_from(outcomes))], SCORES[draw(st.sampled_from(scores))]]
    kinds += [GROUPS[name] for name in draw(st.lists(st.sampled_from(groups), min_size=1, max_size=3))]
    kinds += [ODD[name] for name in draw(st.lists(st.sampled_from(sorted(ODD)), max_size=2))]
    columns = [kind(rng, rows) for kind in kinds]
    for place in draw(st.lists(st.integers(2 if fitting else 0, len(columns) - 1), max_size=1 if fitting else 2)):
        odd = draw(st.sampled_from([("",), MARKS, TEXTS, NUMBERS, ("-999",)]))
        columns[place] = _with_odd_cells(columns[place], odd, draw(st.sampled_from([0.02, 0.1, 0.6])), rng)
    names = ["y", "s", *(f"g{place}" for place in range(len(columns) - 2))]
    for place in draw(st.lists(st.integers(0, len(columns) - 1), max_size=1 if fitting else 2)):
        names[place] = draw(st.sampled_from(TEXTS if fitting else [*TEXTS, "y", "g0", "Y", "y "]))
    return names, columns


def _quoted(cell: str, delimiter: str, always: bool) -> str:
    if always or any(char in cell for char in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def _delimited(draw: st.DrawFn, names: list[str], columns: list[Values], fitting: bool) -> tuple[str, bytes]:
    """A name and the bytes of a text file."""
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t", "|"] + ([] if fitting else [" "])))
    always, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    lines = [delimiter.join(_quoted(cell, delimiter, always) for cell in row) for row in zip(*columns, strict=True)]
    header = delimiter.join(_quoted(name, delimiter, always) for name in names)
    oddity = draw(
        st.sampled_from(
            [*[None] * (40 if fitting else 8), "no header", "ragged", "blank lines", "twice", "comment", "long cell"]
        )
    )
    if oddity == "ragged" and lines:
        lines[len(lines) // 2] += delimiter + "more" + delimiter * 3
    elif oddity == "blank lines":
        lines = [line for row in lines for line in (row, "")]
    elif oddity == "comment":
        lines = ["# a comment", *lines]
    elif oddity == "long cell":
        lines.append('"' + "x" * 70_000)
    elif oddity == "twice":
        lines = [*lines, header, *lines]
    text = end.join([header] * (oddity != "no header") + lines) + end * draw(st.booleans())
    encodings = ["utf-8", "utf-8", "utf-8-sig"]
    encoding = draw(st.sampled_from(encodings if fitting else [*encodings, "utf-16", "latin-1"]))
    good = [".csv", ".csv", ".csv", ".tsv", ".txt", ".CSV", ".csv.gz"]
    suffix = draw(st.sampled_from(good if fitting else [*good, ".parquet", ".zip", ""]))
    content = text.encode(encoding, errors="replace")
    return f"t{suffix}", gzip.compress(content, mtime=0) if suffix == ".csv.gz" else content


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


ARROW: dict[str, tuple[pa.DataType, Callable[[str], object]]] = {
    "text": (pa.string(), str),
    "number": (pa.float64(), _number),
    "short number": (pa.float32(), lambda text: min(max(_number(text) or 0.0, -1e38), 1e38)),
    "whole": (pa.int64(), lambda text: int(min(max(_number(text) or 0, -(2.0**53)), 2.0**53))),
    "unsigned": (pa.uint64(), lambda text: 2**64 - 1 - int(min(max(_number(text) or 0, 0), 2.0**53))),
    "truth": (pa.bool_(), lambda text: text in ("1", "true", "yes", "f", "a")),
    "decimal": (pa.decimal128(38, 6), lambda text: Decimal(len(text)) / 8),
    "day": (pa.date32(), lambda text: len(text) * 1000),
    "moment": (pa.timestamp("us", tz="UTC"), lambda text: len(text) * 10**13),
    "clock": (pa.time64("us"), lambda text: len(text) * 10**7),
    "span": (pa.duration("s"), len),
    "bytes": (pa.binary(), lambda text: text.encode(errors="replace") + b"\xff"),
    "list": (pa.list_(pa.string()), lambda text: text.split(";")),
    "record": (pa.struct([("k", pa.string())]), lambda text: {"k": text}),
    "map": (pa.map_(pa.string(), pa.int64()), lambda text: [(text, len(text))]),
    "levels": (pa.dictionary(pa.int32(), pa.string()), str),
    "nothing": (pa.null(), lambda _: None),
}


@st.composite
def _parquet(draw: st.DrawFn, names: list[str], columns: list[Values], fitting: bool) -> tuple[str, bytes]:
    arrays = []
    for place, column in enumerate(columns):
        usual = "number" if all(_number(value) is not None for value in column) else "text"
        arrow, cast = ARROW[draw(st.sampled_from([usual] * (30 if fitting and place < 3 else 6) + sorted(ARROW)))]
        gap = draw(st.sampled_from([0] if fitting and place < 3 else [0, 0, 0, 7]))
        values = [None if gap and row % gap == 0 else cast(value) for row, value in enumerate(column)]
        levels = pa.types.is_dictionary(arrow)
        arrays.append(pa.array(values, pa.string()).dictionary_encode() if levels else pa.array(values, arrow))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=names), buffer)
    names_of_files = ["t.parquet"] if fitting else ["t.parquet", "t.pq", "t.csv"]
    return draw(st.sampled_from(names_of_files)), buffer.getvalue()


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content, cut, with bytes flipped, put in or doubled."""
    at = draw(st.integers(0, max(len(content) - 1, 0)))
    how = draw(st.sampled_from(["cut", "flip", "put in", "double", "only"]))
    if how == "cut":
        return content[:at]
    if how == "flip":
        return content[:at] + bytes([content[at] ^ draw(st.integers(1, 255))]) + content[at + 1 :] if content else b""
    if how == "put in":
        return (
            content[:at]
            + draw(st.sampled_from([b"\0", b"\xff\xfe", b'"', b"\r", b"\n\n", b"\x1a", b","]))
            + content[at:]
        )
    return content[at:] + content if how == "double" else content[at:]


def _attribute(draw: st.DrawFn, name: str, fitting: bool) -> str:
    odd = [":continuous", ":bins=25,45", ":bins=0.5"]
    return name + draw(st.sampled_from([*[""] * 12, ":categorical", ":na=-999", *([] if fitting else odd)]))


def _role(draw: st.DrawFn, names: list[str], columns: list[Values], place: int, fitting: bool) -> str:
    """The name of a column, mostly the one that fits, and levels of it where it has two; sometimes others."""
    levels = sorted(set(columns[place])) or ["x"]
    if fitting:
        return names[place] + ("=" + levels[-1] if len(levels) == 2 and draw(st.booleans()) else "")
    place = draw(st.sampled_from([*[place] * 4, *range(len(names))]))
    return names[place] + draw(st.sampled_from(["", "", "", "=" + levels[-1], "=" + ",".join(levels[:6]), "=x"]))


EXTRAS: tuple[tuple[str, ...], ...] = (
    *(
        ("--missing", "group"),
        ("--missing", "drop"),
        ("--missing", "error"),
        ("--tidy",),
        ("--na", "?,-999"),
        ("--na", ""),
    ),
    *(("--exact",), ("--search", "2", "--search-min", "1"), ("--suppress", "5"), ("--suppress", "30"), ("--no-color",)),
    *(
        ("--min-group", "1"),
        ("--min-group", "0"),
        ("--confidence", "0.5"),
        ("--confidence", "1e-9"),
        ("--margin", "3%"),
    ),
    *(("--density", "kde:0.15"), ("--density", "bins:3"), ("--density", "kde:1e-300"), ("--scale", "equal")),
    *(("--parity", "equalized-odds"), ("--parity", "equal-opportunity"), ("--correction", "bh"), ("--seed", "7")),
    *(("--scale", "standardised"), ("--favourable", "yes"), ("--favourable", "high"), ("--rows-are", "people")),
    *(("--explain",), ("--engine", "duckdb"), ("--engine", "duckdb"), ("--profile", "four-fifths"), ("--threads", "1")),
    *(("--profile", "nyc-ll144"), ("--profile", "ecoa-hmda"), ("--profile", "insurance"), ("--sample", "1000")),
    *(
        ("--task", "binary"),
        ("--task", "regression"),
        ("--task", "count"),
        ("--task", "ordinal"),
        ("--task", "multiclass"),
    ),
)
CONTRARY = {"--missing", "--task", "--favourable", "--profile", "--exact", "--parity", "--sample", "--tidy"}
"""Options that contradict many questions, or ask for what few tables have."""
OF_INIT = {"--missing", "--tidy", "--na", "--favourable", "--rows-are", "--profile", "--task", "--no-color"}
OF_FIT = OF_INIT | {"--min-group", "--confidence", "--correction", "--density", "--scale", "--seed"}
CUTS = ("0.5", ">0.5", "<620", "median", "top=3", "top=10%", "cost=1:5", "0")
ODD_CUTS = ("1e308", "nan", "x", "-1", "top=0", "cost=0:0")


@st.composite
def tables(draw: st.DrawFn) -> Question:
    """A table and a question about it; of the half that fits most can be answered."""
    fitting = draw(st.sampled_from([True, True, True, False]))
    names, columns = draw(_columns(fitting))
    written = draw(st.sampled_from([_delimited, _delimited, _delimited, _parquet]))
    name, content = draw(written(names, columns, fitting))
    if not fitting and draw(st.sampled_from([True, False, False])):
        content = draw(damaged(content))
    command = draw(st.sampled_from([*["audit"] * 12, "init", "init", "init", "fit"]))
    arguments = [command, name]
    if command != "init" or draw(st.booleans()):
        arguments += _asked(draw, names, columns, command, fitting)
    known = {"audit": None, "init": OF_INIT, "fit": OF_FIT}[command]
    extras = [
        extra for extra in EXTRAS if (known is None or extra[0] in known) and not (fitting and extra[0] in CONTRARY)
    ]
    arguments += ["--missing", draw(st.sampled_from(["drop", "drop", "group"]))] if fitting else []
    for extra in draw(st.lists(st.sampled_from(extras), max_size=2 if fitting else 3)):
        arguments += extra
    if command != "init":
        arguments += _of_columns(draw, names, columns, arguments, fitting)
        arguments += ["--bootstrap", draw(st.sampled_from(["20", "0", "2", "50"]))]
        arguments += ["--permutations", draw(st.sampled_from(["19", "0", "1"]))]
        arguments += draw(st.sampled_from([[], ["--json"], ["--json"], ["--report", "r.md"], ["--report", "r.csv"]]))
        arguments += draw(st.sampled_from([*[[]] * 20, ["--report", "r.html"]]))
    return Question(tuple(part.replace("\0", "") for part in arguments), {name: content})


def _asked(draw: st.DrawFn, names: list[str], columns: list[Values], command: str, fitting: bool) -> list[str]:
    """The outcome, what is measured, and the protected attributes."""
    arguments = ["--target", _role(draw, names, columns, 0, fitting)]
    if command == "audit":
        what = draw(st.sampled_from(["prediction", "prediction", "prediction", "decision", "neither"]))
        if what == "prediction":
            arguments += ["--prediction", names[1] if fitting else _role(draw, names, columns, 1, fitting)]
            cuts = CUTS if fitting else CUTS + ODD_CUTS
            arguments += draw(st.sampled_from([[], []] + [["--threshold", cut] for cut in cuts]))
        elif what == "decision" and not fitting:
            arguments += ["--decision", _role(draw, names, columns, 1, fitting)]
    protected = draw(st.lists(st.sampled_from(names[2:]), min_size=1, max_size=3, unique=True))
    return arguments + [part for name in protected for part in ("--protected", _attribute(draw, name, fitting))]


def _of_columns(draw: st.DrawFn, names: list[str], columns: list[Values], taken: list[str], fitting: bool) -> list[str]:
    """Further roles, now and then, beside the arguments that there are."""
    command, arguments = taken[0], []
    roles = ["keep", "leave-out", "merge", "weight", "count", "exposure", "cluster", "reference"]
    roles += ["given", "search-over", "save-table"] if command == "audit" else ["features", "drop", "split-by"]
    for role in draw(st.sampled_from([[], [], []] + [[role] for role in roles])):
        free = [place for place, name in enumerate(names) if name not in taken] if fitting else []
        place = draw(st.sampled_from(free or range(len(names))))
        level = (sorted(set(columns[place])) or ["x"])[0]
        text = {
            **dict.fromkeys(["keep", "leave-out", "reference"], f"{names[place]}={level}"),
            "merge": f"{names[place]}:new={level}",
            "save-table": "scores.parquet",
        }.get(role, names[place])
        arguments += [f"--{role}", text]
    return arguments
