"""Manifest: how to repeat the result."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results import Audit, Source
from fairaudit.results.explanation import Explanation
from fairaudit.results.power import Power
from fairaudit.results.selftest import SelfTest

REPEAT = "With the same source, arguments, seed and versions the same report is made, byte for byte."


def content(result: Audit | Explanation | Power | SelfTest) -> Content:
    """Source, versions and arguments."""
    return Content("Manifest: how to repeat this", (REPEAT,), (table(result),))


def table(result: Audit | Explanation | Power | SelfTest) -> Table:
    """What is needed to repeat the audit."""
    manifest = result.manifest
    facts = _of_source(result.source) if isinstance(result, (Audit, Explanation)) else []
    facts += [("source", result.title)] if isinstance(result, Power) else []
    facts += [("seed", str(manifest.seed)), ("fairaudit", manifest.fairaudit), ("Python", manifest.python)]
    facts += [(f"package {name}", version) for name, version in sorted(manifest.packages.items())]
    for name, value in sorted(manifest.arguments.items()):
        if value is not None:
            facts.append((f"argument {name}", ", ".join(value) if isinstance(value, list) else str(value)))
    rows = tuple((Entry(w.clean(name)), Entry(w.clean(value))) for name, value in facts)
    return Table(
        "manifest",
        "Source, versions and arguments",
        (Column("what", numeric=False), Column("value", numeric=False)),
        rows,
    )


def _of_source(source: Source) -> list[tuple[str, str]]:
    facts = [("source", source.name)]
    if source.sha256:
        facts.append(("SHA-256 of the source", source.sha256))
    if source.bytes is not None:
        facts.append(("bytes read", w.count(source.bytes)))
    return facts


SECTIONS = (
    Section(Audit, 120, content),
    Section(Explanation, 120, content),
    Section(Power, 120, content),
    Section(SelfTest, 120, content),
)
