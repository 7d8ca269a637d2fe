"""Options that commands share, and what becomes of them.

Longer than other modules: each option is declared once for all commands, and this list of them is read as one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fairaudit.data.cleaning import Cleaning
from fairaudit.data.datasets import dataset_names, load_source
from fairaudit.data.roles import MISSING, TASKS, Roles, said
from fairaudit.errors import OptionError
from fairaudit.models.families import FAMILIES
from fairaudit.models.settings import SETTINGS
from fairaudit.options import (
    CORRECTIONS,
    DIVERGENCES,
    ENGINES,
    GROUP_WEIGHTS,
    LOCAL,
    MODELS,
    PARITIES,
    PENALIZED,
    RECALIBRATIONS,
    SCALES,
    Options,
    parse_density,
)
from fairaudit.problems import Problems
from fairaudit.profiles import applied, profile_names
from fairaudit.report.formats import SUFFIXES

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.auditing.opening import Opened
    from fairaudit.data.stored import StoredTable
    from fairaudit.fitting import Fit, FitOptions
    from fairaudit.models.guides.knowledge import Knowledge
    from fairaudit.results import Audit, Source
    from fairaudit.results.explanation import Explanation
    from fairaudit.results.power import Power
    from fairaudit.results.selftest import SelfTest

Command = TypeVar("Command", bound=Callable[..., Any])

SOURCE_HELP = (
    "SOURCE is a file or pattern (CSV, TSV, Parquet, .gz), - for stdin, or an embedded table: "
    f"{', '.join(dataset_names())}."
)


def alternatives(names: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join([", ".join(names[:-1]), names[-1]])


def _together(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


_reach_options = _together(
    click.option(
        "--threads", type=click.IntRange(1), metavar="N", help="Threads of duckdb.  [default: all processors]"
    ),
    click.option(
        "--spark-master",
        metavar="URL",
        help=f"Master of spark, such as 'local[2]', spark://HOST:7077 or yarn.  [default: {LOCAL}]",
    ),
)

engine_options = _together(
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default="auto",
        show_default=True,
        help="Read the rows into memory (pandas), or count them where they are, out of core (duckdb) or on a cluster"
        " (spark); auto: one of the first two, by size. The results are the same.",
    ),
    _reach_options,
)

fit_engine_options = _together(
    click.option(
        "--engine",
        type=click.Choice([name for name in ENGINES if name != "auto"]),
        default="pandas",
        show_default=True,
        help="Read the rows into memory (pandas), or fit a glm to a table that stays where it is (duckdb, spark): rows"
        " that are alike are counted, or added up for each step where too many differ.",
    ),
    _reach_options,
    click.option(
        "--sample",
        type=click.IntRange(100),
        metavar="N",
        help="Fit to, and audit on, N rows, drawn with the seed.  [default: all rows]",
    ),
)

table_options = _together(
    click.option(
        "--save-table",
        metavar="PATH",
        help="Write the score table (.parquet), for audit and merge; with --quiet and no report nothing else is done.",
    ),
    click.option(
        "--suppress-cells",
        type=click.IntRange(2),
        metavar="N",
        help="In the score table leave out cells of fewer than N people, and others by which these could be told.",
    ),
)

source_argument = click.argument("source", metavar="SOURCE")


def _limited(context: click.Context, _: click.Parameter, size: str | None) -> None:
    """Hold the budget of memory for as long as the command runs."""
    from fairaudit.memory import check_addresses, memory_limit

    check_addresses()
    context.with_resource(memory_limit(size))


def _reached(context: click.Context, _: click.Parameter, allowed: bool) -> None:
    """Let tables be fetched for as long as the command runs."""
    from fairaudit.data.remote import remote_allowed

    context.with_resource(remote_allowed(allowed))


machine_options = _together(
    click.option(
        "--memory-limit",
        metavar="SIZE",
        callback=_limited,
        expose_value=False,
        help="Memory to plan with, such as 4GB: what needs more is refused.  [default: what the machine leaves]",
    ),
    click.option(
        "--allow-remote",
        is_flag=True,
        callback=_reached,
        expose_value=False,
        help="Fetch tables that are named by an address (https://…).  [default: no network]",
    ),
)
"""What a command may take of the machine: of all commands that read data. They change no number."""

role_options = _together(
    click.option(
        "--target",
        metavar="NAME[=LEVELS]",
        help="Outcome. LEVELS, between commas: those that count as 1, or (ordinal) all from lowest to highest.",
    ),
    click.option(
        "--protected",
        metavar="NAME",
        multiple=True,
        help="Protected attribute; repeat for more. Also NAME:categorical, NAME:continuous, NAME:bins=25,45, or"
        " NAME:set=';' for several values in a cell.",
    ),
    click.option("--exposure", metavar="NAME", help="Time at risk, for counts and amounts."),
    click.option("--weight", metavar="NAME", help="Row weights, such as survey weights."),
    click.option(
        "--count", metavar="NAME", help="How many people a row stands for, in a table of counts: whole numbers."
    ),
    click.option(
        "--cluster", metavar="NAME", help="Whom a row is about, where people have several rows, such as a person's id."
    ),
    click.option("--task", type=click.Choice(TASKS), help="Kind of outcome.  [default: guessed from the target]"),
    click.option(
        "--threshold",
        metavar="CUT",
        help="Decide yes where the prediction is at least CUT; or '>0.5', '<620', median (above it), top=100, top=10%,"
        " or cost=1:5: where, a wrong no costing 5 times a wrong yes, yes is expected to cost no more.",
    ),
    click.option(
        "--favourable",
        metavar="SIDE",
        help="Which way is good for a person: yes or no of a decision or outcome, high or low of a number, or a class.",
    ),
    click.option(
        "--reference",
        "references",
        metavar="NAME=LEVEL",
        multiple=True,
        help="Group that others are compared with; repeat for more attributes.  [default: the best-off]",
    ),
    click.option("--rows-are", metavar="WORD", help="What a row is, in the plural, for sentences: people, policies."),
    click.option(
        "--missing",
        type=click.Choice(MISSING),
        help="Missing values: refuse them, make them a group, or drop the rows.  [default: error]",
    ),
    click.option(
        "--na",
        metavar="MARKS",
        help="Texts that mean a missing value, between commas; '' for none but empty fields. Behind any column above:"
        " NAME:na=-999,?.  [default: NA, N/A, n/a, NaN, nan, NULL, null]",
    ),
    click.option(
        "--merge",
        metavar="NAME:NEW=OLD",
        multiple=True,
        help="Read levels as one, such as 'sex:Male=M,male'; repeat for more.",
    ),
    click.option("--tidy", is_flag=True, help="Read levels that differ in blanks, case or Unicode form as one."),
    click.option(
        "--keep", metavar="NAME=LEVELS", multiple=True, help="Use only rows with these levels; repeat for more columns."
    ),
    click.option(
        "--leave-out", metavar="NAME=LEVELS", multiple=True, help="Leave out rows with these levels; repeat for more."
    ),
)

profile_option = click.option(
    "--profile",
    type=click.Choice(profile_names()),
    help="Fill in the roles that a public rule means, and add its table.",
)

_interval_options = _together(
    click.option(
        "--min-group",
        type=int,
        default=Options.min_group,
        show_default=True,
        help="Independent rows of equal weight below which a group is not compared.",
    ),
    click.option(
        "--confidence", type=float, default=Options.confidence, show_default=True, help="Coverage of the intervals."
    ),
    click.option(
        "--bootstrap",
        type=int,
        metavar="N",
        default=Options.bootstrap,
        show_default=True,
        help="Bootstrap replicates for intervals.",
    ),
)

_scale_option = click.option(
    "--scale",
    type=click.Choice(SCALES),
    default=Options.scale,
    show_default=True,
    help="Scale of protected attributes in distances: as published, by standard deviation, or to equal weight.",
)

_seed_option = click.option(
    "--seed", type=int, default=Options.seed, show_default=True, help="Seed of every random draw."
)

explain_options = _together(_interval_options, _scale_option, _seed_option)

measure_options = _together(
    _interval_options,
    click.option(
        "--permutations",
        type=int,
        metavar="N",
        default=Options.permutations,
        show_default=True,
        help="Shuffles for noise floors and p-values.",
    ),
    click.option(
        "--correction",
        type=click.Choice(CORRECTIONS),
        default=Options.correction,
        show_default=True,
        help="How p-values are corrected for the number of hypotheses.",
    ),
    click.option(
        "--margin",
        metavar="[MEASURE=]NUMBER",
        multiple=True,
        help="Gap up to which groups count as equal: of shares (0.05 or 5%), or of a MEASURE in its own unit. Repeat"
        " for more.  [default: 5%]",
    ),
    click.option(
        "--density",
        metavar="KIND",
        default=Options.density,
        show_default=True,
        help="Distributions of continuous predictions: bins, bins:M, or kde:0.15 (the papers').",
    ),
    _scale_option,
    click.option(
        "--exact",
        is_flag=True,
        help="Take continuous attributes at their exact places in CCdCov² and JdCov²: slow, O(n²).",
    ),
    click.option(
        "--parity",
        type=click.Choice(PARITIES),
        default=Options.parity,
        show_default=True,
        help="Independence among all rows, within each outcome, or within the positive outcome.",
    ),
    click.option(
        "--given",
        metavar="NAME",
        help="Admissible column: rates, gaps and independence among rows with the same value of it.",
    ),
    _seed_option,
)

search_options = _together(
    click.option(
        "--search",
        type=int,
        metavar="DEPTH",
        default=Options.search,
        help="Search all subgroups of up to DEPTH attributes for the one that stands out most.  [default: no search]",
    ),
    click.option(
        "--search-min",
        type=int,
        metavar="N",
        default=Options.search_min,
        show_default=True,
        help="People that a subgroup of the search needs.",
    ),
    click.option(
        "--search-over",
        metavar="NAME",
        multiple=True,
        help="Attribute to search besides the protected ones, written like them; repeat for more.",
    ),
)

feature_options = _together(
    click.option(
        "--features",
        metavar="NAME",
        multiple=True,
        help="Input of the model; repeat for more.  [default: every column without another role]",
    ),
    click.option("--drop", metavar="NAME", multiple=True, help="Column that is not an input; repeat for more."),
    click.option(
        "--split-by",
        metavar="NAME",
        help="Keep rows with one value of this column on one side.  [default: the cluster]",
    ),
)

_model_options = _together(
    *(
        click.option(
            f"--{setting.key}",
            setting.name,
            metavar=setting.metavar,
            multiple=setting.multiple,
            help=setting.described,
        )
        for setting in SETTINGS
    )
)

fit_options = _together(
    feature_options,
    click.option("--model", type=click.Choice(MODELS), default="glm", show_default=True, help="Kind of model."),
    click.option(
        "--family",
        metavar="NAME",
        help=f"Distribution of the outcome: {', '.join(FAMILIES)}.  [default: the usual one of the task]",
    ),
    click.option(
        "--power", type=float, default=1.5, show_default=True, help="Variance as a power of the mean (tweedie)."
    ),
    click.option(
        "--penalty",
        metavar="KIND",
        default="ccdcov",
        show_default=True,
        help="none, dcov, dcov:NAME, sum, ccdcov or jdcov; dcor or dcor:NAME, whatever the spread of the predictions.",
    ),
    click.option(
        "--group-weight",
        type=click.Choice(GROUP_WEIGHTS),
        default="size",
        show_default=True,
        help="In the penalty, count groups by size or all alike; equal aims at the largest gap.",
    ),
    click.option(
        "--recalibrate",
        type=click.Choice(RECALIBRATIONS),
        default="none",
        show_default=True,
        help="Of counts and amounts: move predictions, in order, to what happened, by unseen training rows.",
    ),
    click.option(
        "--penalize",
        type=click.Choice(PENALIZED),
        default="prediction",
        show_default=True,
        help="What the penalty is of: predictions, or (binary) decisions at --threshold.",
    ),
    click.option(
        "--knowledge",
        metavar="FILE|pool",
        help="Guide the model by what is known of its factors: a TOML file with [weights], order or [tiers], or what"
        " models of other kinds say of them (pool, or pool:KIND,KIND).",
    ),
    click.option(
        "--consistency-strength",
        type=float,
        metavar="α",
        help="Loss per nat of divergence from the knowledge.  [default: the loss of the constant model; a fiftieth"
        " of it for plackett-luce]",
    ),
    click.option(
        "--divergence",
        type=click.Choice(DIVERGENCES),
        help="How it is measured.  [default: kl; plackett-luce for an order or tiers]",
    ),
    _model_options,
    click.option("--test-size", type=float, default=0.3, show_default=True, help="Share of the rows held out."),
    click.option("--save", metavar="PATH", help="Write the fitted model, for audit --model."),
    click.option(
        "--predictions",
        metavar="PATH",
        help="Write the held-out predictions (.csv or .parquet), by row of SOURCE counted from 0. With an engine those"
        " of all rows (.parquet).",
    ),
)

output_options = _together(
    click.option(
        "--report",
        "reports",
        metavar="PATH",
        multiple=True,
        help=f"Write a report; {alternatives(SUFFIXES)}. Repeat for more.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout, and nothing else."),
    click.option("--quiet", "-q", is_flag=True, help="Print no result and no progress."),
    click.option("--no-color", is_flag=True, help="No colour."),
)


def options(values: dict[str, Any], **extra: object) -> Options:
    """The measuring options of a command line."""
    names = (
        "min_group",
        "suppress",
        "confidence",
        "bootstrap",
        "permutations",
        "correction",
        "density",
        "scale",
        "exact",
    )
    named = (*names, "parity", "search", "search_min", "seed")
    problems, chosen = Problems(), Options(extra=extra)
    with problems.gathered():
        if "density" in values:
            parse_density(values["density"])
    with problems.gathered():
        chosen = Options(**{name: values[name] for name in named if name in values}, extra=extra)
    with problems.gathered():
        if values.get("margin"):
            from fairaudit.measures.detectable import refuse_unknown_margins

            chosen = replace(chosen, margin=values["margin"])
            refuse_unknown_margins(chosen)
    problems.tell()
    return chosen


def options_of_audit(source: str, values: dict[str, Any], **extra: object) -> Options:
    """The measuring options; where they do not fit, it is told with all that does not fit the columns of the source."""
    problems = Problems()
    with problems.gathered():
        return options(values, **extra)
    with problems.gathered():
        from fairaudit.auditing.opening import counted

        counted(source, given_roles(values), values["engine"], values["threads"])
    problems.tell()
    raise AssertionError("options that do not fit are told")


def fitting(values: dict[str, Any], *strengths: str) -> FitOptions:
    """The fitting options of a command line; some commands ask for strengths, too."""
    from fairaudit.fitting import FitOptions

    names = ("penalty", "test_size", "model", "family", "power", "group_weight", "penalize", "recalibrate", *strengths)
    guided = {name: values[name] for name in ("consistency_strength", "divergence")}
    return FitOptions(
        **{name: values[name] for name in names},
        knowledge=_knowledge(values["knowledge"]),
        settings=_settings(values),
        **guided,
    )


def _settings(values: dict[str, Any]) -> dict[str, object]:
    """Settings of the model: those of `[fit]` in a configuration here that are for its kind, and over them those of the
    command line."""
    from fairaudit.gate.config import fit_settings

    asked = {setting.name: values[setting.name] for setting in SETTINGS if values[setting.name] not in (None, ())}
    return {**fit_settings(Path(), values["model"]), **asked}


def _knowledge(text: str | None) -> Knowledge | str | None:
    """Knowledge from a file; a pool by its name."""
    if text is None or text.partition(":")[0] == "pool":
        return text
    from fairaudit.models.guides.knowledge import Knowledge

    return Knowledge.read(text)


ROLES = (
    "target",
    "prediction",
    "decision",
    "threshold",
    "exposure",
    "weight",
    "count",
    "cluster",
    "task",
    "missing",
    "favourable",
    "rows_are",
    "given",
    "split_by",
    "profile",
)


def given_roles(values: dict[str, Any]) -> dict[str, Any]:
    """The roles that the command line says, as fields of `Roles`."""
    given = {name: values[name] for name in ROLES if values.get(name) is not None}
    for name in ("drop", "features"):
        if values.get(name):
            given[name] = tuple(values[name])
    asked = {name: tuple(values[name]) for name in ("merge", "keep", "leave_out") if values.get(name)}
    if asked or values.get("tidy") or values.get("na") is not None:
        given["cleaning"] = Cleaning(**asked, tidy=bool(values.get("tidy")), na=values.get("na"))
    words = {"reference": "references", "search_over": "search_over", "protected": "protected"}
    return said(**given, **{name: values[option] for name, option in words.items() if values.get(option)})


def only_counted(values: dict[str, Any]) -> bool:
    """Whether a score table is all that was asked for, so that nothing is audited."""
    if values["suppress_cells"] and not values["save_table"]:
        raise OptionError("--suppress-cells is about the table that --save-table writes; name it, too")
    return bool(values["save_table"] and values["quiet"] and not values["reports"] and not values["as_json"])


def table_files(table: StoredTable, values: dict[str, Any]) -> dict[str, bytes]:
    """The score table, where it was asked for: path → content."""
    from fairaudit.data.stored import without_small_cells

    if not values["save_table"]:
        return {}
    if values["suppress_cells"]:
        table = without_small_cells(table, values["suppress_cells"])
    return {values["save_table"]: table.to_bytes()}


@contextmanager
def opened(source: str, values: dict[str, Any]) -> Iterator[Opened]:
    """The table that is audited, in the engine that was asked for."""
    from fairaudit.auditing.opening import opened

    with opened(source, given_roles(values), **counting(values)) as data:
        yield data


def counting(values: dict[str, Any]) -> dict[str, Any]:
    """What counts the rows, as it was asked for."""
    engine, threads, master = (values[name] for name in ("engine", "threads", "spark_master"))
    if engine == "spark" and threads is not None:
        raise OptionError("--threads are those of duckdb; of spark they stand in --spark-master, as in 'local[2]'")
    if engine != "spark" and master is not None:
        raise OptionError("--spark-master goes with --engine spark; name that, too")
    return {"engine": engine, "threads": threads, "master": master or LOCAL}


def load(source: str, values: dict[str, Any]) -> tuple[pd.DataFrame, Source, Roles]:
    """The data and the roles: those of an embedded table, changed by what the command line says, filled in by a
    profile."""
    frame, origin, roles = load_source(source, given_roles(values))
    return frame, origin, applied(roles, frame, scored=bool(values.get("model")))


WRITTEN = {
    "save": (".skops", "a skops file, never a pickle"),
    "save_table": (".parquet", "Parquet"),
}
"""Suffix and form of what is written besides reports and predictions."""


def check_outputs(source: str, values: dict[str, Any]) -> None:
    """Refuse outputs that cannot be written, or would overwrite the source or each other, before any work."""
    from glob import glob

    from fairaudit.files import check_targets
    from fairaudit.report import check_path

    for path in values["reports"]:
        check_path(path)
    others = [values[name] for name in ("predictions", "save", "save_table", "resume") if values.get(name)]
    check_targets([*values["reports"], *others], dict.fromkeys([source, *glob(source)] if source else [], "the source"))
    for name, (suffix, form) in WRITTEN.items():
        stem, found = os.path.splitext(values.get(name) or suffix)
        if values.get(name) and found.lower() != suffix:
            option = name.replace("_", "-")
            raise OptionError(f"--{option} writes {form}, but '{stem}{found}' is not called so; write {stem}{suffix}")
    if path := values.get("predictions"):
        _check_predictions(path, in_engine=values.get("engine", "pandas") != "pandas" and not values.get("sample"))


def _check_predictions(path: str, in_engine: bool) -> None:
    """Refuse a name of a file of predictions that does not say how it is written."""
    suffixes = (".parquet",) if in_engine else (".csv", ".parquet")
    if not path.lower().endswith(suffixes):
        forms = "Parquet, as the engine writes it" if in_engine else "CSV or Parquet"
        stem = os.path.splitext(path)[0]
        raise OptionError(f"--predictions writes {forms}, but '{path}' is not called so; write {stem}{suffixes[0]}")


def fitted_files(fit: Fit, values: dict[str, Any]) -> dict[str, bytes]:
    """Model and predictions, as far as they were asked for: path → content."""
    files, path = {}, values["predictions"]
    if path and fit.of_lines is None and fit.of_rows is None:  # else they come from the engine
        from fairaudit.fitting.predicting import to_bytes

        files[path] = to_bytes(fit.predictions, path)
    if values["save"]:
        files[values["save"]] = fit.to_bytes()
    return files


def present(
    audit: Audit | Explanation | Power | SelfTest, values: dict[str, Any], others: Mapping[str, bytes] | None = None
) -> None:
    """Write the reports and other files that were asked for, all or none, and show the result."""
    from fairaudit.files import write_all
    from fairaudit.report import content

    files: dict[str | os.PathLike[str], bytes] = {path: content(audit, path) for path in values["reports"]}
    files.update(others or {})
    write_all(files)
    if values["as_json"]:
        click.echo(audit.to_json(), nl=False)
    elif not values["quiet"]:
        from rich.console import Console

        from fairaudit.report.terminal import show

        show(audit, Console(no_color=True if values["no_color"] else None, highlight=False))
        for path in values["reports"]:
            click.echo(f"Report written to {path}")
