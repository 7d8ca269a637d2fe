"""The tables and keys of fairaudit.toml, or of [tool.fairaudit] in pyproject.toml: what `fairaudit check` is asked.

The docstring under a field is also its description in the JSON Schema that `fairaudit config schema` prints. Keys are
written with hyphens. Paths are relative to the folder of the file.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal

import msgspec

from fairaudit.data.roles import Missing, Task
from fairaudit.models.settings import SETTINGS
from fairaudit.options import Options, Scale

SCHEMA = "fairaudit/config/1"
OLD_KEYS = {"limit": {"rule": "decided-by"}}
"""Table → key that was renamed → its name now; the old one is still read."""

Decision = Literal["confident", "point", "anytime"]
Level = Literal["fail", "warn"]


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of the tables of a configuration: keys with hyphens, no others than those listed."""


class Data(Strict, frozen=True, kw_only=True):
    """One table that is checked, and what its columns are for; the words are those of `fairaudit audit`."""

    source: str
    """A file or pattern (CSV, TSV, Parquet, .gz), or the name of an embedded table, which brings its roles along."""
    model: str | None = None
    """A model that `fairaudit fit --save` wrote: the table is scored with it first."""
    target: str | None = None
    """Observed outcome, NAME or NAME=LEVEL,LEVEL."""
    prediction: str | None = None
    """Score, probability, expected value or expected count."""
    decision: str | None = None
    """Yes/no decision, NAME or NAME=LEVEL,LEVEL with the levels that mean yes."""
    threshold: float | str | None = None
    """Decide yes where the prediction is at least this; or ">0.5", "<620", "median", "top=100", "top=10%", or
    "cost=1:5" where a wrong no costs five times a wrong yes."""
    protected: list[str] = []
    """Protected attributes: NAME, NAME:categorical, NAME:continuous, NAME:bins=25,45, or NAME:set=; where a cell holds
    several values with this sign between them."""
    exposure: str | None = None
    """Time at risk, for counts and amounts: amounts are then per unit of it."""
    weight: str | None = None
    """Row weights."""
    count: str | None = None
    """How many people a row stands for, in a table of counts."""
    cluster: str | None = None
    """Whom a row is about, where people have several rows: those depend on each other."""
    search_over: list[str] = []
    """Attributes that only the search for subgroups combines, written like the protected ones."""
    task: Task | None = None
    """Kind of outcome; guessed from the target where it is not given."""
    given: str | None = None
    """Admissible column: a limit with statistic = "standardised" is on the gap among people with the same value of it.
    """
    favourable: str | None = None
    """Which way is good for a person: yes or no of a decision or outcome, high or low of a number."""
    reference: list[str] = []
    """Groups that others are compared with, each NAME=LEVEL."""
    rows_are: str | None = None
    """What a row is, in the plural, such as people or policies: how sentences call rows."""
    profile: str | None = None
    """A public rule, such as four-fifths, nyc-ll144, ecoa-hmda or insurance, which fills in roles that are not said."""
    missing: Missing | None = None
    """Missing values: an error (the default), a group of their own, or their rows dropped."""
    na: str | None = None
    """Texts that mean a missing value, between commas, instead of NA, N/A, n/a, NaN, nan, NULL and null."""
    merge: list[str] = []
    """Levels that are read as one: NAME:NEW=OLD,OLD each."""
    tidy: bool = False
    """Whether levels that differ only in blanks, case or Unicode form are one."""
    keep: list[str] = []
    """Rows that take part: NAME=LEVEL,LEVEL each."""
    leave_out: list[str] = []
    """Rows that do not: NAME=LEVEL,LEVEL each."""
    key: str | None = None
    """Column that names each row uniquely, by which rows are matched with those of the baseline."""


class Measuring(Strict, frozen=True, kw_only=True):
    """How everything is measured; the words and defaults are those of `fairaudit audit`."""

    min_group: int = Options.min_group
    """Independent rows of equal weight below which a group is not compared."""
    confidence: float = Options.confidence
    """Coverage of the intervals: a limit is found broken by mistake in at most 1 − confidence of the runs."""
    bootstrap: int = Options.bootstrap
    """Bootstrap replicates for intervals."""
    permutations: int = Options.permutations
    """Shuffles for noise floors."""
    search: int = Options.search
    """Most attributes that are combined in the search for subgroups, which limits of the statistic subgroup need."""
    search_min: int = Options.search_min
    """People that a subgroup of the search needs."""
    density: str = Options.density
    """Distributions of continuous predictions: bins, bins:M or kde:0.15."""
    scale: Scale = Options.scale
    """Scale of protected attributes in distances."""
    seed: int = Options.seed
    """Seed of every random draw."""

    def checked(self) -> Options:
        """The same as the options of an audit.

        Raises:
            OptionError: a value is outside its range.
        """
        return Options(**msgspec.structs.asdict(self))


class Limit(Strict, frozen=True, kw_only=True):
    """One limit: a measure, where it is read, and what it may be."""

    measure: str
    """Name of the measure, such as selection_rate, equalized_odds, jensen_shannon or auc; docs/check.md lists all."""
    statistic: str | None = None
    """What is read of the measure: gap (highest − lowest group), ratio (lowest / highest), excess (over the noise
    floor), correlation, value, group (each group's own value), overall (all rows together), standardised (the largest
    gap among people with the same value of the admissible column, `given` in the data) or subgroup (the worst of all
    subgroups against all people, as a ratio; needs search in the options). Each measure has its default."""
    by: str | list[str] | None = None
    """Groups: single or each (each attribute alone; the default), intersection (all attributes at once), any (every
    grouping), or the names of one or more attributes, which form one grouping; in a list that begins with each, such as
    ["each", "sex", "race"], each of those named alone."""
    of_class: str | None = msgspec.field(name="class", default=None)
    """Of classes (task multiclass): the one that is held against the rest; each of them where it is left out."""
    data: str | list[str] | None = None
    """Names of the data that the limit is for; all where it is left out."""
    max: float | None = None
    """The measure may be at most this."""
    min: float | None = None
    """The measure must be at least this."""
    margin: float | None = None
    """Against the baseline: the measure may be worse than there by at most this, in its own unit. Needs [baseline]."""
    decided_by: Decision = "confident"
    """confident: broken only when the whole interval is beyond the limit. point: broken when the value is. anytime: as
    confident, from all looks of a series at once, so that a check that runs every day for years fails by mistake in at
    most 1 − confidence in all; for rates, their gaps and ratios, and needs [baseline]."""
    level: Level = "fail"
    """fail: a broken limit fails the check. warn: it is only reported."""


class Waiver(Strict, frozen=True, kw_only=True):
    """A broken limit that is tolerated until a day. One that has expired, or that nothing needs, is an error."""

    rule: str
    """Id of the findings, such as FA101, or its beginning: FA1 is for every gap."""
    reason: str
    """Why it is tolerated."""
    owner: str
    """Who answers for it."""
    expires: datetime.date
    """Last day on which it holds, such as 2027-06-30."""
    data: str | None = None
    """Data whose findings are meant; any where it is left out."""
    by: list[str] | None = None
    """Attributes of the grouping that is meant; any where it is left out."""
    of_class: str | None = msgspec.field(name="class", default=None)
    """Class whose findings are meant; any where it is left out."""


class Baseline(Strict, frozen=True, kw_only=True):
    """Earlier results that limits with a margin are held against."""

    file: str = "fairaudit-baseline.json"
    """The file that `fairaudit baseline update` writes; keep it under version control."""
    series: str = "fairaudit-series.jsonl"
    """The file to which `fairaudit baseline append` adds each look, for limits that are decided at any time."""


class Config(Strict, frozen=True, kw_only=True):
    """A whole configuration."""

    data: dict[str, Data]
    """Name → table that is checked."""
    limit: list[Limit]
    """The limits."""
    waiver: list[Waiver] = []
    """Broken limits that are tolerated for a time."""
    baseline: Baseline | None = None
    """Earlier results to compare with."""
    options: Measuring = Measuring()
    """How everything is measured."""
    fit: dict[str, Any] = {}
    """Settings of the models that `fairaudit fit` and `calibrate` fit where this file lies: their options of the same
    names, such as ridge. What the command line says goes before; a kind of model takes those that are for it."""


TABLES: dict[str, type[Strict]] = {"limit": Limit, "waiver": Waiver, "baseline": Baseline, "options": Measuring}
"""Key of a configuration → the table that it holds."""


def named(given: str | list[str] | None) -> list[str]:
    """One name, several, or none, as a list."""
    return [given] if isinstance(given, str) else list(given or ())


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the configuration; editors complete from it."""
    from fairaudit.results.schemas import described

    title = "Configuration of fairaudit check: fairaudit.toml or [tool.fairaudit]"
    built = described(Config, "fairaudit.gate.tables", SCHEMA, title)
    for table, keys in OLD_KEYS.items():
        properties = built["$defs"][TABLES[table].__name__]["properties"]
        for old, new in keys.items():
            description = f"Old name of {new}; still read."
            properties[old] = {**properties[new], "description": description, "deprecated": True}
    settings = {setting.key: {**setting.schema, "description": setting.described} for setting in SETTINGS}
    built["$defs"]["Config"]["properties"]["fit"] |= {"properties": settings, "additionalProperties": False}
    return built
