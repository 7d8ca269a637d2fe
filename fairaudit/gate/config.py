"""A configuration read strictly: where it is found, what is refused, and in which words."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any

import msgspec

from fairaudit.data.remote import is_url
from fairaudit.errors import ConfigError, OptionError, listing, nearest
from fairaudit.files import Name
from fairaudit.gate.tables import OLD_KEYS, TABLES, Config, Data, Limit, Strict, Waiver, named
from fairaudit.models.settings import SETTINGS
from fairaudit.problems import Problems

FILE = "fairaudit.toml"
"""Name of the file that is looked for first."""
SECTION = "tool.fairaudit"
"""Section of pyproject.toml that is looked for otherwise."""


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
        """A path of the file as seen from the working directory; an address as it is."""
        return name if is_url(name) or Path(name).is_absolute() else str(self.path.parent / name)

    def with_profile(self, name: str) -> Configuration:
        """The same configuration with every table of data read by the profile of a public rule."""
        data = {key: msgspec.structs.replace(table, profile=name) for key, table in self.config.data.items()}
        return replace(self, config=msgspec.structs.replace(self.config, data=data))

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
    path = _present(folder)
    if path is None:
        raise ConfigError(
            f"there is no {FILE} here, and no [{SECTION}] in a pyproject.toml; write one with: fairaudit init SOURCE"
        )
    return path


def _present(folder: Path) -> Path | None:
    """The configuration in a folder; None where there is none."""
    if (folder / FILE).is_file():
        return folder / FILE
    project = folder / "pyproject.toml"
    there = project.is_file() and _section(_parsed(project), project) is not None
    return project if there else None


def read(path: Path) -> Configuration:
    """The configuration in a file.

    Raises:
        ConfigError: it cannot be read, is no TOML, has unknown keys or values, or asks nothing.
    """
    parsed = _parsed(path)
    section = _section(parsed, path)
    if section is None:
        raise ConfigError(f"'{path}' has no section [{SECTION}]")
    configuration = from_tables(section, path)
    return replace(configuration, lines=_lines(path, len(configuration.config.limit)))


def fit_settings(folder: Path, model: str) -> dict[str, object]:
    """Settings of a kind of model: those of `[fit]` in the configuration of a folder that are for it.

    Nothing else of the configuration is looked at: a fit needs no data or limits there.

    Raises:
        ConfigError: the file is no TOML, or `[fit]` holds what no kind of model can be told.
    """
    path = _present(folder)
    given = (_section(_parsed(path), path) or {}).get("fit", {}) if path is not None else {}
    check_fit(given, f"'{path}'")
    own = {setting.key: setting for setting in SETTINGS if model in setting.parameters}
    return {own[key].name: value for key, value in given.items() if key in own}


def check_fit(given: object, file: str) -> None:
    """Refuse a table `[fit]` with unknown keys, or with values that are no settings."""
    if not isinstance(given, dict):
        raise ConfigError(f"{file}: fit is {given!r}; a table of settings is needed")
    known = {setting.key: setting for setting in SETTINGS}
    for key, value in given.items():
        if key not in known:
            raise ConfigError(
                f"{file}: unknown key '{key}' in [fit]{nearest(key, known) or f'; there are {listing(known)}'}"
            )
        try:
            known[key].read(value, key)
        except OptionError as error:
            raise ConfigError(f"{file}: [fit]: {error}") from None


def from_tables(section: dict[str, Any], path: Path) -> Configuration:
    """The configuration that a table of TOML says, keys with hyphens; `path` is the file that it stands for.

    Raises:
        ConfigError: it has unknown keys or values, or asks nothing.
    """
    place = f"'{path}'"
    named_anew = _renamed(section, place)
    problems = Problems()
    _known(named_anew, Config, "", place, problems)
    problems.tell()
    try:
        _refuse_values(named_anew, place)
        config = msgspec.convert(named_anew, Config)
        content = msgspec.json.encode(section, order="sorted")
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {_words(str(error))}") from None
    except (OverflowError, RecursionError, TypeError, UnicodeError) as error:
        raise ConfigError(f"{place} holds a value that cannot be meant: {error}") from None
    _sensible(config, place)
    return Configuration(path, config, hashlib.sha256(content).hexdigest(), (None,) * len(config.limit))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows put a mark first
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' is no valid TOML: {error}") from None
    except ValueError as error:  # a name or a number beyond what can be held
        reason = str(error).partition("; use sys")[0]  # what follows is advice to a programmer
        raise ConfigError(f"'{path}' cannot be read: {reason}") from None
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


def _known(given: object, kind: type[Strict], place: str, file: str, problems: Problems) -> None:
    """Gather keys that a table does not have, with what it has instead."""
    if not isinstance(given, dict):
        return  # msgspec says what is wrong with it
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    where = f"[{place}]" if place else "the top level"
    for key, value in given.items():
        with problems.gathered():
            if key not in known:
                instead = nearest(str(key), known) or f"; there are {listing(known)}"
                raise ConfigError(f"{file}: unknown key '{key}' in {where}{instead}")
        inner = f"{place}.{key}" if place else str(key)
        if kind is Config and key == "data" and isinstance(value, dict):
            for name, table in value.items():
                _known(table, Data, f"{inner}.{name}", file, problems)
        elif kind is Config and key in TABLES:
            each = value if isinstance(value, list) else [value]
            for number, table in enumerate(each, 1):
                label = f"{key} {number}" if isinstance(value, list) else inner
                _known(table, TABLES[key], label, file, problems)


def _refuse_values(section: dict[str, Any], file: str) -> None:
    """Refuse what no key can be: of each table of data, limit and waiver its first, all of them at once."""
    problems = Problems()
    data = section.get("data")
    tables: list[tuple[type[Strict], str, object]] = []
    if isinstance(data, dict):
        tables += [(Data, f"data, {name}", table) for name, table in data.items()]
    for table_kind, word in ((Limit, "limit"), (Waiver, "waiver")):
        several = section.get(word)
        if isinstance(several, list):
            tables += [(table_kind, f"{word} {place}", table) for place, table in enumerate(several, 1)]
    for kind, place, table in tables:
        with problems.gathered():
            try:
                msgspec.convert(table, kind)
            except msgspec.ValidationError as error:
                words = _words(str(error))
                raise ConfigError(f"{file}: {place}{', ' if '$' in str(error) else ': '}{words}") from None
    problems.tell()


def _sensible(config: Config, file: str) -> None:
    """Refuse what is well-formed and yet asks nothing, or contradicts itself, all of it at once."""
    problems = Problems()
    for check in (_sensible_data, _sensible_options, _sensible_paths, _sensible_limits, _sensible_waivers):
        with problems.gathered():
            check(config, file)
    problems.tell()


def _sensible_data(config: Config, file: str) -> None:
    if not config.data:
        raise ConfigError(f"{file}: there is no data to check; add a table such as [data.scores] with a source")


def _sensible_options(config: Config, file: str) -> None:
    problems = Problems()
    with problems.gathered():
        check_fit(config.fit, file)
    try:
        config.options.checked()
    except OptionError as error:
        for line in error.lines:
            with problems.gathered():
                raise ConfigError(f"{file}: [options]: {line}") from None
    problems.tell()


def _sensible_paths(config: Config, file: str) -> None:
    paths = [(f"data.{name}", path) for name, data in config.data.items() for path in (data.source, data.model)]
    if config.baseline is not None:
        paths += [("baseline", config.baseline.file), ("baseline", config.baseline.series)]
    problems = Problems()
    for place, path in paths:
        with problems.gathered():
            if path is not None and (not path or "\0" in path):
                raise ConfigError(f"{file}: [{place}] has the path '{path}', which no file can have")
    problems.tell()


def _sensible_limits(config: Config, file: str) -> None:
    if not config.limit:
        raise ConfigError(f"{file}: there is no limit; a check of nothing would always pass. Add a [[limit]]")
    problems = Problems()
    for number, limit in enumerate(config.limit, 1):
        with problems.gathered():
            _sensible_limit(limit, config, f"{file}: limit {number} ({limit.measure})")
    unasked = set(config.data).difference(*(named(limit.data) or config.data for limit in config.limit))
    with problems.gathered():
        if unasked:
            raise ConfigError(
                f"{file}: no limit is for the data {listing(sorted(unasked))}; add one, or leave the data out"
            )
    used = any(limit.margin is not None or limit.decided_by == "anytime" for limit in config.limit)
    with problems.gathered():
        if config.baseline is not None and not used:
            raise ConfigError(
                f"{file}: there is a [baseline], and no limit has a margin or is decided at any time; give one a"
                " margin, such as 0.02"
            )
    problems.tell()


def _sensible_waivers(config: Config, file: str) -> None:
    problems = Problems()
    for number, waiver in enumerate(config.waiver, 1):
        with problems.gathered():
            _sensible_waiver(waiver, f"{file}: waiver {number} ({waiver.rule})")
    problems.tell()


def _sensible_limit(limit: Limit, config: Config, place: str) -> None:
    if limit.max is None and limit.min is None and limit.margin is None:
        raise ConfigError(f"{place} limits nothing; give it max, min, or a margin against the baseline")
    if limit.max is not None and limit.min is not None and limit.min > limit.max:
        raise ConfigError(f"{place} has min {limit.min:g} above max {limit.max:g}; nothing can be both")
    for name in ("max", "min", "margin"):
        value = getattr(limit, name)
        if value is not None and not abs(value) < float("inf"):
            raise ConfigError(f"{place} has {name} = {value}; a finite number is needed")
    if limit.margin is not None and limit.margin < 0:
        raise ConfigError(f"{place} has a negative margin; give how much worse it may become, or 0")
    if limit.decided_by == "anytime" and limit.margin is not None:
        raise ConfigError(
            f"{place} has a margin and is decided at any time, which holds numbers only; give it a max or min instead"
        )
    if limit.decided_by == "anytime" and config.baseline is None:
        raise ConfigError(f"{place} is decided at any time, and there is no [baseline] that keeps a series; add one")
    if limit.margin is not None and config.baseline is None:
        raise ConfigError(f"{place} has a margin, and there is no [baseline] to hold it against; add one")
    if limit.data == []:
        raise ConfigError(f"{place} is for no data; name some of {listing(config.data)}, or leave out the key data")
    for name in named(limit.data):
        if name not in config.data:
            raise ConfigError(f"{place} is for data '{name}', which is not there; there are {listing(config.data)}")


def _sensible_waiver(waiver: Waiver, place: str) -> None:
    for name in ("reason", "owner"):
        if not getattr(waiver, name).strip():
            raise ConfigError(f"{place} has an empty {name}")


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
    lines = tuple(number for number, line in enumerate(text, 1) if header.match(line))
    return lines if len(lines) == count else (None,) * count
