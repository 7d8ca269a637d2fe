"""What `fairaudit check` is asked: fairaudit.toml, or [tool.fairaudit] of pyproject.toml, read strictly.

The docstring under a field is also its description in the JSON Schema that `fairaudit config schema` prints. Keys are
written with hyphens. Paths are relative to the folder of the file.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import tomllib
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any, Literal

import msgspec

from fairaudit.data.roles import Favourable, Missing, Task
from fairaudit.errors import ConfigError, OptionError, listing, nearest
from fairaudit.files import Name
from fairaudit.options import Options, Scale

FILE = "fairaudit.toml"
"""Name of the file that is looked for first."""
SECTION = "tool.fairaudit"
"""Section of pyproject.toml that is looked for otherwise."""
SCHEMA = "fairaudit/config/1"
OLD_KEYS = {"limit": {"rule": "decided-by"}}
"""Table → key that was renamed → its name now; the old one is still read."""

Decision = Literal["confident", "point"]
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
    """Decide yes where the prediction is at least this; or ">0.5", "<620", "median", "top=100", "top=10%"."""
    protected: list[str] = []
    """Protected attributes: NAME, NAME:categorical, NAME:continuous or NAME:bins=25,45."""
    exposure: str | None = None
    """Time at risk, for counts."""
    weight: str | None = None
    """Row weights."""
    task: Task | None = None
    """Kind of outcome; guessed from the target where it is not given."""
    favourable: Favourable | None = None
    """Which way is good for a person: yes or no of a decision or outcome, high or low of a number."""
    reference: list[str] = []
    """Groups that others are compared with, each NAME=LEVEL."""
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
    """Rows below which a group is not compared."""
    confidence: float = Options.confidence
    """Coverage of the intervals: a limit is found broken by mistake in at most 1 − confidence of the runs."""
    bootstrap: int = Options.bootstrap
    """Bootstrap replicates for intervals."""
    permutations: int = Options.permutations
    """Shuffles for noise floors."""
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
    floor), correlation, value, group (each group's own value) or overall (all rows together). Each measure has its
    default."""
    by: str | list[str] | None = None
    """Groups: single or each (each attribute alone; the default), intersection (all attributes at once), any (every
    grouping), or the names of one or more attributes, which form one grouping; in a list that begins with each, such as
    ["each", "sex", "race"], each of those named alone."""
    data: str | list[str] | None = None
    """Names of the data that the limit is for; all where it is left out."""
    max: float | None = None
    """The measure may be at most this."""
    min: float | None = None
    """The measure must be at least this."""
    margin: float | None = None
    """Against the baseline: the measure may be worse than there by at most this, in its own unit. Needs [baseline]."""
    decided_by: Decision = "confident"
    """confident: broken only when the whole interval is beyond the limit. point: broken when the value is."""
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


class Baseline(Strict, frozen=True, kw_only=True):
    """Earlier results that limits with a margin are held against."""

    file: str = "fairaudit-baseline.json"
    """The file that `fairaudit baseline update` writes; keep it under version control."""


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


@dataclass(frozen=True)
class Configuration:
    """A configuration and where it was read."""

    path: Path
    """The file."""
    config: Config
    """Its content."""
    sha256: str
    """SHA-256 of the content as it was parsed, keys sorted: comments and layout change nothing."""
    lines: tuple[int | None, ...] = ()
    """Line of each limit in the file, None where it is not sure."""

    def resolve(self, name: str) -> str:
        """A path of the file as seen from the working directory."""
        return name if Path(name).is_absolute() else str(self.path.parent / name)

    def files_read(self) -> dict[Name, str]:
        """Every file that a check reads but the baseline, so that none is written over: path → what it is."""
        taken: dict[Name, str] = {self.path: "the configuration"}
        for data in self.config.data.values():
            for name in filter(None, (data.source, data.model)):
                path = self.resolve(name)
                taken |= dict.fromkeys([path, *glob(path)], "read by the check")
        return taken


def find(folder: Path) -> Path:
    """The configuration in a folder.

    Raises:
        ConfigError: there is none.
    """
    if (folder / FILE).is_file():
        return folder / FILE
    project = folder / "pyproject.toml"
    if project.is_file() and _section(_parsed(project), project) is not None:
        return project
    raise ConfigError(
        f"there is no {FILE} here, and no [{SECTION}] in a pyproject.toml; write one with: fairaudit init SOURCE"
    )


def read(path: Path) -> Configuration:
    """The configuration in a file.

    Raises:
        ConfigError: it cannot be read, is no TOML, has unknown keys or values, or asks nothing.
    """
    parsed = _parsed(path)
    section = _section(parsed, path)
    if section is None:
        raise ConfigError(f"'{path}' has no section [{SECTION}]")
    made = from_tables(section, path)
    return replace(made, lines=_lines(path, len(made.config.limit)))


def from_tables(section: dict[str, Any], path: Path) -> Configuration:
    """The configuration that a table of TOML says, keys with hyphens; `path` is the file that it stands for.

    Raises:
        ConfigError: it has unknown keys or values, or asks nothing.
    """
    place = f"'{path}'"
    named_anew = _renamed(section, place)
    _known(named_anew, Config, "", place)
    try:
        config = msgspec.convert(named_anew, Config)
        content = msgspec.json.encode(section, order="sorted")
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {_words(str(error))}") from None
    except (OverflowError, RecursionError, TypeError, UnicodeError) as error:
        raise ConfigError(f"{place} holds a value that cannot be meant: {error}") from None
    _sensible(config, place)
    return Configuration(path, config, hashlib.sha256(content).hexdigest(), (None,) * len(config.limit))


def today() -> datetime.date:
    """Today in UTC; the day of SOURCE_DATE_EPOCH, where that is set, so that a run can be repeated later."""
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.datetime.fromtimestamp(int(text), datetime.UTC).date()
    except (ValueError, OverflowError, OSError):
        raise OptionError(f"SOURCE_DATE_EPOCH is '{text}'; whole seconds since 1970 are needed") from None


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the configuration; editors complete from it."""
    from fairaudit.results.schemas import described

    title = "Configuration of fairaudit check: fairaudit.toml or [tool.fairaudit]"
    built = described(Config, "fairaudit.gate.config", SCHEMA, title)
    for table, keys in OLD_KEYS.items():
        properties = built["$defs"][TABLES[table].__name__]["properties"]
        for old, new in keys.items():
            description = f"Old name of {new}; still read."
            properties[old] = {**properties[new], "description": description, "deprecated": True}
    return built


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows put a mark first
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is no valid TOML: {error}") from None
    except ValueError as error:  # a name or a number beyond what can be held
        raise ConfigError(f"'{path}' cannot be read: {error}") from None
    except RecursionError:
        raise ConfigError(f"'{path}' is nested too deep to be a configuration") from None


def _section(parsed: dict[str, Any], path: Path) -> dict[str, Any] | None:
    if path.name != "pyproject.toml":
        return parsed
    tools = parsed.get("tool")
    section = tools.get("fairaudit") if isinstance(tools, dict) else None
    return section if isinstance(section, dict) else None


def _renamed(section: dict[str, Any], file: str) -> dict[str, Any]:
    """The section with the names that keys have now.

    Raises:
        ConfigError: a table has a key under its old and its new name.
    """
    renamed = dict(section)
    for name, keys in OLD_KEYS.items():
        tables = section.get(name)
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            continue  # msgspec says what is wrong with it
        for number, table in enumerate(tables, 1):
            for old in keys.keys() & table.keys():
                if keys[old] in table:
                    raise ConfigError(
                        f"{file}: {name} {number} has '{keys[old]}' and its old name '{old}'; leave '{old}' out"
                    )
        renamed[name] = [{keys.get(key, key): value for key, value in table.items()} for table in tables]
    return renamed


def _known(given: object, kind: type[Strict], place: str, file: str) -> None:
    """Refuse keys that a table does not have, with what it has instead."""
    if not isinstance(given, dict):
        return  # msgspec says what is wrong with it
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    where = f"[{place}]" if place else "the top level"
    for key, value in given.items():
        if key not in known:
            raise ConfigError(
                f"{file}: unknown key '{key}' in {where}{nearest(str(key), known) or f'; there are {listing(known)}'}"
            )
        inner = f"{place}.{key}" if place else str(key)
        if kind is Config and key == "data" and isinstance(value, dict):
            for name, table in value.items():
                _known(table, Data, f"{inner}.{name}", file)
        elif kind is Config and key in TABLES:
            each = value if isinstance(value, list) else [value]
            for number, table in enumerate(each, 1):
                label = f"{key} {number}" if isinstance(value, list) else inner
                _known(table, TABLES[key], label, file)


TABLES: dict[str, type[Strict]] = {"limit": Limit, "waiver": Waiver, "baseline": Baseline, "options": Measuring}


def _sensible(config: Config, file: str) -> None:
    """Refuse what is well-formed and yet asks nothing, or contradicts itself."""
    if not config.data:
        raise ConfigError(f"{file}: there is no data to check; add a table such as [data.scores] with a source")
    try:
        config.options.checked()
    except OptionError as error:
        raise ConfigError(f"{file}: [options]: {error}") from None
    paths = [(f"data.{name}", path) for name, data in config.data.items() for path in (data.source, data.model)]
    if config.baseline is not None:
        paths.append(("baseline", config.baseline.file))
    for place, written in paths:
        if written is not None and (not written or "\0" in written):
            raise ConfigError(f"{file}: [{place}] has the path '{written}', which no file can have")
    if not config.limit:
        raise ConfigError(f"{file}: there is no limit; a check of nothing would always pass. Add a [[limit]]")
    for number, limit in enumerate(config.limit, 1):
        where = f"{file}: limit {number} ({limit.measure})"
        if limit.max is None and limit.min is None and limit.margin is None:
            raise ConfigError(f"{where} limits nothing; give it max, min, or a margin against the baseline")
        if limit.max is not None and limit.min is not None and limit.min > limit.max:
            raise ConfigError(f"{where} has min {limit.min:g} above max {limit.max:g}; nothing can be both")
        for name in ("max", "min", "margin"):
            value = getattr(limit, name)
            if value is not None and not abs(value) < float("inf"):
                raise ConfigError(f"{where} has {name} = {value}; a finite number is needed")
        if limit.margin is not None and limit.margin < 0:
            raise ConfigError(f"{where} has a negative margin; give how much worse it may become, or 0")
        if limit.margin is not None and config.baseline is None:
            raise ConfigError(f"{where} has a margin, and there is no [baseline] to hold it against; add one")
        if limit.data == []:
            raise ConfigError(f"{where} is for no data; name some of {listing(config.data)}, or leave out the key data")
        for name in named(limit.data):
            if name not in config.data:
                raise ConfigError(f"{where} is for data '{name}', which is not there; there are {listing(config.data)}")
    unasked = set(config.data).difference(*(named(limit.data) or config.data for limit in config.limit))
    if unasked:
        raise ConfigError(
            f"{file}: no limit is for the data {listing(sorted(unasked))}; add one, or leave the data out"
        )
    if config.baseline is not None and not any(limit.margin is not None for limit in config.limit):
        raise ConfigError(f"{file}: there is a [baseline], and no limit has a margin; give one a margin, such as 0.02")
    for number, waiver in enumerate(config.waiver, 1):
        for name in ("reason", "owner"):
            if not getattr(waiver, name).strip():
                raise ConfigError(f"{file}: waiver {number} ({waiver.rule}) has an empty {name}")


def named(given: str | list[str] | None) -> list[str]:
    """One name, several, or none, as a list."""
    return [given] if isinstance(given, str) else list(given or ())


def _words(message: str) -> str:
    """msgspec's message with the place as TOML has it: ``$.limit[0].max`` is ``limit 1, max``."""
    text, _, place = message.partition(" - at `$")
    place = re.sub(r"\[(\d+)\]", lambda match: f" {int(match[1]) + 1}", place.rstrip("`").lstrip("."))
    place = place.replace("[...]", ".*").replace(".", ", ")
    missing = re.search(r"missing required field `([^`]+)`", text)
    if missing:
        text = f"the key '{missing[1]}' is missing"
    return f"{place}: {text}" if place else text


def _lines(path: Path, count: int) -> tuple[int | None, ...]:
    header = re.compile(r"\s*\[\[\s*(?:tool\s*\.\s*fairaudit\s*\.\s*)?limit\s*\]\]")
    text = path.read_text(encoding="utf-8-sig").splitlines()
    found = [number for number, line in enumerate(text, 1) if header.match(line)]
    return tuple(found) if len(found) == count else (None,) * count
