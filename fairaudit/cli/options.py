"""Options that commands share.

Longer than other modules: each option is declared once for all commands, and this list of them is read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fairaudit.data.datasets import dataset_names
from fairaudit.data.roles import MISSING, TASKS
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
)
from fairaudit.profiles import profile_names
from fairaudit.report.formats import SUFFIXES

if TYPE_CHECKING:
    pass

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
