"""Whether a stored result would be made again: its data, configuration, versions and seed as they are now."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import msgspec

from fairaudit.errors import FairAuditError, SourceError
from fairaudit.gate.config import read
from fairaudit.results import Audit, Manifest, Source
from fairaudit.results.check import Check

DATA_FRAME = "data frame"


@dataclass(frozen=True)
class Fact:
    """One thing that a result rests on, then and now."""

    name: str
    """What it is."""
    same: bool | None
    """Whether it is unchanged; None where that cannot be told."""
    text: str
    """What is to be said of it."""


def stored(text: str | bytes, name: str) -> Audit | Check:
    """The audit or check in a JSON file.

    Raises:
        SourceError: it is neither.
    """
    try:
        head = msgspec.json.decode(text)
        schema = head.get("schema") if isinstance(head, dict) else None
        kinds: dict[object, type[Audit] | type[Check]] = {"fairaudit/audit/1": Audit, "fairaudit/check/1": Check}
        if schema not in kinds:
            raise SourceError(
                f"'{name}' is no result of fairaudit; give the JSON of audit --report, audit --json or check --output"
            )
        return msgspec.json.decode(text, type=kinds[schema])
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SourceError(f"'{name}' cannot be understood: {error}") from None


def verify(result: Audit | Check, folder: Path) -> list[Fact]:
    """Everything that a result rests on, compared with what is there now.

    Args:
        result: the audit or check.
        folder: where relative paths of its data and configuration start.
    """
    if isinstance(result, Audit):
        facts = [_data(result.source, "data", folder)]
        facts.append(Fact("seed", True, f"{result.manifest.seed}, stated in the result"))
    else:
        facts = _of_check(result, folder)
    return [*facts, *_versions(result.manifest)]


def _of_check(check: Check, folder: Path) -> list[Fact]:
    facts, base = [], folder
    path = folder / check.config.name
    try:
        configuration = read(path)
    except FairAuditError as error:
        facts.append(Fact("configuration", False, str(error)))
    else:
        base = path.parent
        same = configuration.sha256 == check.config.sha256
        facts.append(Fact("configuration", same, f"{check.config.name}: {'the same content' if same else 'changed'}"))
        seed = configuration.config.options.seed
        then = check.manifest.seed
        facts.append(Fact("seed", seed == then, f"{then}" if seed == then else f"{then} then, {seed} now"))
    for each in check.data:
        facts.append(_data(each.source, f"data {each.name}", base))
        if each.model is not None:
            facts.append(_file(each.model, f"model of {each.name}", base))
    if check.baseline is not None:
        facts.append(_file(check.baseline, "baseline", base))
    return facts


def _data(then: Source, name: str, folder: Path) -> Fact:
    from fairaudit.data.datasets import dataset_names, load_dataset
    from fairaudit.data.sources import read as read_table

    if then.sha256 is None or then.name in (DATA_FRAME, "-"):
        return Fact(name, None, f"{then.name}: cannot be read again")
    try:
        if then.name in dataset_names():
            now = load_dataset(then.name).source
        else:
            place = Path(then.name)
            now = read_table(str(place if place.is_absolute() else folder / place)).source
    except FairAuditError as error:
        return Fact(name, False, str(error))
    return _compared(then, now, name)


def _file(then: Source, name: str, folder: Path) -> Fact:
    import hashlib

    try:
        content = (folder / then.name).read_bytes()
    except OSError as error:
        return Fact(name, False, f"{then.name} cannot be read: {error.strerror or error}")
    return _compared(then, Source(name=then.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)), name)


def _compared(then: Source, now: Source, name: str) -> Fact:
    if then.sha256 == now.sha256:
        return Fact(name, True, f"{then.name}: the same bytes (SHA-256 {(then.sha256 or '')[:12]}…)")
    return Fact(name, False, f"{then.name}: changed, {then.bytes:,} bytes then and {now.bytes:,} now")


def _versions(manifest: Manifest) -> list[Fact]:
    now = {"fairaudit": _version("fairaudit-cli"), "python": platform.python_version()}
    then = {"fairaudit": manifest.fairaudit, "python": manifest.python, **manifest.packages}
    facts = []
    for name, version in then.items():
        present = now[name] if name in now else _version(name)
        same = version == present
        facts.append(Fact(name, same, version if same else f"{version} then, {present or 'not installed'} now"))
    return facts


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
