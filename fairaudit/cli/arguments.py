"""What a command line says: options of the work, roles, and the table that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.data.cleaning import Cleaning
from fairaudit.data.datasets import load_source
from fairaudit.data.roles import AS_SAID, Roles, said
from fairaudit.errors import OptionError
from fairaudit.models.settings import SETTINGS
from fairaudit.options import (
    LOCAL,
    Options,
    parse_density,
)
from fairaudit.problems import Problems
from fairaudit.profiles import applied

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.auditing.opening import Opened
    from fairaudit.fitting import FitOptions
    from fairaudit.models.guides.knowledge import Knowledge
    from fairaudit.results import Source


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


def given_roles(values: dict[str, Any]) -> dict[str, Any]:
    """The roles that the command line says, as fields of `Roles`."""
    given = {name: values[name] for name in (*AS_SAID, "split_by") if values.get(name) is not None}
    for name in ("drop", "features"):
        if values.get(name):
            given[name] = tuple(values[name])
    asked = {name: tuple(values[name]) for name in ("merge", "keep", "leave_out") if values.get(name)}
    if asked or values.get("tidy") or values.get("na") is not None:
        given["cleaning"] = Cleaning(**asked, tidy=bool(values.get("tidy")), na=values.get("na"))
    words = {"reference": "references", "search_over": "search_over", "protected": "protected"}
    return said(**given, **{name: values[option] for name, option in words.items() if values.get(option)})


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
