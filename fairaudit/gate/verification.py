"""Whether a stored result would be made again: its data, configuration, versions and seed as they are now."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Literal

from fairaudit.errors import FairAuditError, SourceError
from fairaudit.gate.config import read
from fairaudit.results import Audit, Check, Explanation, Fact, Manifest, Source, Verification
from fairaudit.results.stored import Stored

DATA_FRAME = "data frame"


def verify(result: Stored, folder: Path) -> Verification:
    """Everything that a result rests on, compared with what is there now.

    Args:
        result: an audit, an explanation or a check.
        folder: where relative paths of its data and configuration start.

    Raises:
        SourceError: it is of another kind, which rests on other results.
    """
    if isinstance(result, Check):
        facts = _of_check(result, folder)
    elif isinstance(result, (Audit, Explanation)):
        facts = [_data(result.source, "data", folder)]
        facts.append(_fact("seed", True, f"{result.manifest.seed}, stated in the result"))
    else:
        raise SourceError(f"a {type(result).__name__.lower()} rests on other results; verify those")
    facts += _versions(result.manifest)
    status: Literal[0, 1] = 1 if any(fact.same is False for fact in facts) else 0
    return Verification(result=result.schema, status=status, facts=facts)


def _fact(name: str, same: bool | None, text: str) -> Fact:
    return Fact(name=name, same=same, text=text)


def _of_check(check: Check, folder: Path) -> list[Fact]:
    facts, base = [], folder
    path = folder / check.config.name
    try:
        configuration = read(path)
    except FairAuditError as error:
        facts.append(_fact("configuration", False, str(error)))
    else:
        base = path.parent
        same = configuration.sha256 == check.config.sha256
        facts.append(_fact("configuration", same, f"{check.config.name}: {'the same content' if same else 'changed'}"))
        seed = configuration.config.options.seed
        then = check.manifest.seed
        facts.append(_fact("seed", seed == then, f"{then}" if seed == then else f"{then} then, {seed} now"))
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
        return _fact(name, None, f"{then.name}: cannot be read again")
    try:
        if then.name in dataset_names():
            now = load_dataset(then.name).source
        else:
            place = Path(then.name)
            now = read_table(str(place if place.is_absolute() else folder / place)).source
    except FairAuditError as error:
        return _fact(name, False, str(error))
    return _compared(then, now, name)


def _file(then: Source, name: str, folder: Path) -> Fact:
    import hashlib

    try:
        content = (folder / then.name).read_bytes()
    except OSError as error:
        return _fact(name, False, f"{then.name} cannot be read: {error.strerror or error}")
    return _compared(then, Source(name=then.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)), name)


def _compared(then: Source, now: Source, name: str) -> Fact:
    if then.sha256 == now.sha256:
        return _fact(name, True, f"{then.name}: the same bytes (SHA-256 {(then.sha256 or '')[:12]}…)")
    return _fact(name, False, f"{then.name}: changed, {then.bytes:,} bytes then and {now.bytes:,} now")


def _versions(manifest: Manifest) -> list[Fact]:
    now = {"fairaudit": _version("fairaudit-cli"), "python": platform.python_version()}
    then = {"fairaudit": manifest.fairaudit, "python": manifest.python, **manifest.packages}
    facts = []
    for name, version in then.items():
        present = now[name] if name in now else _version(name)
        same = version == present
        facts.append(_fact(name, same, version if same else f"{version} then, {present or 'not installed'} now"))
    return facts


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
