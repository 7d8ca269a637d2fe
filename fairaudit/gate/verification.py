"""Whether a stored result would be made again: its data, configuration, versions and seed as they are now."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from glob import glob
from importlib import metadata
from pathlib import Path
from typing import Literal

from fairaudit.errors import FairAuditError, SourceError, listing
from fairaudit.files import from_here
from fairaudit.gate.config import read
from fairaudit.results import Audit, Check, Explanation, Fact, Manifest, Source, Verification
from fairaudit.results.stored import Stored
from fairaudit.results.verdict import Conclusion
from fairaudit.text import clean

DATA_FRAME = "data frame"


def verify(result: Stored, folders: Sequence[Path]) -> Verification:
    """Everything that a result rests on, compared with what is there now.

    Args:
        result: an audit, an explanation or a check.
        folders: where relative paths of its data and configuration may start, tried in this order: a result does not
            say in which folder it was made.

    Raises:
        SourceError: it is of another kind, which rests on other results.
    """
    if isinstance(result, Check):
        facts = _of_check(result, folders)
    elif isinstance(result, (Audit, Explanation)):
        facts = [_data(result.source, "data", folders)]
        facts.append(_fact("seed", True, f"{result.manifest.seed}, stated in the result"))
    else:
        raise SourceError(f"a {type(result).__name__.lower()} rests on other results; verify those")
    facts += _versions(result.manifest)
    status: Literal[0, 1] = 0 if all(fact.same is not False and fact.found for fact in facts) else 1
    return Verification(result=result.schema, status=status, facts=facts, verdict=conclusion(facts))


def conclusion(facts: Sequence[Fact]) -> Conclusion:
    """How many of the things that a result rests on changed, or are not there."""
    changed, absent = sum(fact.same is False for fact in facts), sum(not fact.found for fact in facts)
    parts = [f"{changed} of {len(facts)} things changed"] if changed else []
    parts += [f"{absent} of {len(facts)} {'is' if absent == 1 else 'are'} not there"] if absent else []
    return Conclusion.of(("unchanged", f"{'; '.join(parts)}." if parts else "Nothing changed."))


def _fact(name: str, same: bool | None, text: str) -> Fact:
    return Fact(name=name, same=same, text=text)


def _absent(name: str, path: str, folders: Sequence[Path]) -> Fact:
    tried = listing(f"'{clean(from_here(folder))}'" for folder in dict.fromkeys(folders))
    where = "" if os.path.isabs(path) else f" in {tried}; say with --folder where it is"
    return Fact(name=name, same=None, found=False, text=f"there is no {path}{where}")


def _places(path: str, folders: Sequence[Path]) -> list[Path]:
    """Where a path, or something that matches it as a pattern, is found."""
    candidates = dict.fromkeys(folder / path for folder in folders)  # an absolute path stays as it is
    return [each for each in candidates if each.exists() or glob(str(each), recursive=True)]


def _of_check(check: Check, folders: Sequence[Path]) -> list[Fact]:
    """What a check rests on; paths in its configuration start at the configuration."""
    read_again = [_configuration(check, path) for path in _places(check.config.name, folders)]
    if not read_again:
        facts, base = [_absent("configuration", check.config.name, folders)], list(folders)
    else:
        best = next((each for each in read_again if each[1][0].same), read_again[0])
        facts, base = best[1], [best[0].parent]
    for each in check.data:
        facts.append(_data(each.source, f"data {each.name}", base))
        if each.model is not None:
            facts.append(_file(each.model, f"model of {each.name}", base))
    if check.baseline is not None:
        facts.append(_file(check.baseline, "baseline", base))
    return facts


def _configuration(check: Check, path: Path) -> tuple[Path, list[Fact]]:
    """A configuration, and what is to be said of it and of its seed."""
    try:
        configuration = read(path)
    except FairAuditError as error:
        return path, [_fact("configuration", False, str(error))]
    same = configuration.sha256 == check.config.sha256
    then, now = check.manifest.seed, configuration.config.options.seed
    return path, [
        _fact("configuration", same, f"{check.config.name}: {'the same content' if same else 'changed'}"),
        _fact("seed", now == then, f"{then}" if now == then else f"{then} then, {now} now"),
    ]


def _data(then: Source, name: str, folders: Sequence[Path]) -> Fact:
    from fairaudit.data.datasets import dataset_names, load_dataset
    from fairaudit.data.remote import is_url
    from fairaudit.data.sources import read as read_table

    if then.sha256 is None or then.name in (DATA_FRAME, "-") or is_url(then.name):
        return _fact(name, None, f"{then.name}: cannot be read again")
    if then.name in dataset_names():
        return _compared(then, [load_dataset(then.name).source], name)
    places = _places(then.name, folders)
    if not places:
        return _absent(name, then.name, folders)
    try:
        return _compared(then, [read_table(str(place)).source for place in places], name)
    except FairAuditError as error:
        return _fact(name, False, str(error))


def _file(then: Source, name: str, folders: Sequence[Path]) -> Fact:
    places = _places(then.name, folders)
    if not places:
        return _absent(name, then.name, folders)
    try:
        contents = [place.read_bytes() for place in places]
    except OSError as error:
        return _fact(name, False, f"{then.name} cannot be read: {error.strerror or error}")
    sources = [Source(name=then.name, sha256=hashlib.sha256(each).hexdigest(), bytes=len(each)) for each in contents]
    return _compared(then, sources, name)


def _compared(then: Source, now: Sequence[Source], name: str) -> Fact:
    """Whether one of the files that bear a name is the one of then."""
    if then.sha256 in {each.sha256 for each in now}:
        return _fact(name, True, f"{then.name}: the same bytes (SHA-256 {(then.sha256 or '')[:12]}…)")
    return _fact(name, False, f"{then.name}: changed, {then.bytes or 0:,} bytes then and {now[0].bytes or 0:,} now")


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
