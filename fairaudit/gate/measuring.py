"""The limits of a configuration resolved, and each of its data measured as far as they ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.auditing.reading import Reading
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import audit_table, table_scores
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.remote import shown
from fairaudit.data.roles import AS_SAID, SEVERAL, said
from fairaudit.errors import ConfigError
from fairaudit.gate import rules
from fairaudit.gate.baseline import hashed_keys
from fairaudit.gate.config import Configuration
from fairaudit.gate.rules import Rule
from fairaudit.gate.tables import Data, Limit, named
from fairaudit.measures.catalogue import MEASURES
from fairaudit.options import Options
from fairaudit.problems import Problems
from fairaudit.profiles import applied, find
from fairaudit.results import Audit, Source
from fairaudit.results.check import Against, Finding
from fairaudit.results.words import of_class_name

if TYPE_CHECKING:
    from fairaudit.data.roles import Roles
    from fairaudit.data.table import RoleTable

ROLES = (*AS_SAID, *SEVERAL)
"""Keys of the data that are roles as they stand."""


@dataclass(frozen=True)
class Selection:
    """What a run is asked beyond the configuration."""

    select: tuple[str, ...] = ()
    """Beginnings of the ids that take part; none: all."""
    ignore: tuple[str, ...] = ()
    """Beginnings of the ids that do not."""
    fail_on: tuple[str, ...] = ()
    """``warn`` and ``inconclusive``, where they are to fail, too."""

    def takes(self, identifier: str) -> bool:
        """Whether a rule takes part."""
        chosen = not self.select or identifier.startswith(self.select)
        return chosen and not identifier.startswith(self.ignore or ("\0",))


@dataclass(frozen=True, eq=False)
class Audited:
    """One of the data, measured."""

    name: str
    audit: Audit
    table: RoleTable
    keys: list[str] | None
    """Hashed key of each used row."""
    model: Source | None
    resampled: Resampled
    """What the audit was made from."""


@dataclass(frozen=True, eq=False)
class Held:
    """One of the data, read in its roles."""

    table: RoleTable
    source: Source
    roles: Roles
    keys: list[str] | None
    """Hashed key of each used row."""
    model: Source | None


@dataclass(frozen=True)
class Asked:
    """A limit that takes part, and its rule."""

    number: int
    limit: Limit
    rule: Rule
    place: str
    """How messages call it."""
    line: int | None = None
    """Its line in the configuration."""

    def finding(self, data: str, reading: Reading, rule: str, against: Against, bound: float) -> Finding:
        """The finding of this limit on one reading, without a verdict as yet.

        Args:
            data: name of the data.
            reading: what was measured.
            rule: id of the finding.
            against: what the reading is held against.
            bound: the limit or the margin.
        """
        return Finding(
            rule=rule,
            data=data,
            limit=self.number,
            line=self.line,
            measure=reading.measure,
            statistic=reading.statistic,
            by=list(reading.by),
            cell=reading.cell,
            level=self.limit.level,
            decided_by=self.limit.decided_by,
            against=against,
            bound=bound,
            verdict="unmeasured",
            value=reading.value,
            highest=reading.highest,
            lowest=reading.lowest,
            spared=reading.spared,
        )

    @property
    def measured(self) -> str:
        """Name of the measure that is needed; of classes that of the one that is named."""
        named = self.limit.of_class is not None and MEASURES[self.rule.measure].by_class
        return of_class_name(self.rule.measure, self.limit.of_class or "") if named else self.rule.measure

    @property
    def ids(self) -> list[str]:
        """Ids of what it can find."""
        absolute = self.limit.max is not None or self.limit.min is not None
        return [self.rule.id] * absolute + [self.rule.baseline_id] * (self.limit.margin is not None)

    def bounded(self, selection: Selection) -> bool:
        """Whether its max or min takes part."""
        return self.rule.id in self.ids and selection.takes(self.rule.id)

    def relative(self, selection: Selection) -> bool:
        """Whether its margin takes part."""
        return self.rule.baseline_id in self.ids and selection.takes(self.rule.baseline_id)


@dataclass(frozen=True, eq=False)
class Run:
    """One run over a configuration: its limits resolved, each of its data measured once."""

    configuration: Configuration
    selection: Selection = field(default_factory=Selection)
    step: Step = lambda _: None

    @property
    def options(self) -> Options:
        """How everything is measured."""
        return self.configuration.config.options.checked()

    def takes_all(self, prefix: str) -> bool:
        """Whether every limit of the configuration whose id begins so takes part, or would if there were one."""
        ids = [known for asked in self._resolved for known in asked.ids if known.startswith(prefix)]
        ids = ids or [known for known in rules.known_ids() if known.startswith(prefix)]
        return all(self.selection.takes(known) for known in ids)

    def limits(self) -> list[Asked]:
        """The limits that take part.

        Raises:
            FairAuditError: limits are of no known measure, have a margin that can mean nothing, or none takes part;
                told with what does not fit the data.
        """
        problems = Problems()
        for option, given in (("--select", self.selection.select), ("--ignore", self.selection.ignore)):
            with problems.gathered():
                rules.check_prefixes(given, option)
        with problems.gathered():
            _ = self._resolved
        if problems:
            self._gather_misfits(problems)
            problems.tell()
        taken = [each for each in self._resolved if each.bounded(self.selection) or each.relative(self.selection)]
        if not taken:
            raise ConfigError("no limit is left to check: --select and --ignore leave all of them out")
        return taken

    @cached_property
    def anytime_questions(self) -> int:
        """How many limits of all the configuration, those that do not take part too, are decided at any time, each
        counted for each of its data."""
        data = self.configuration.config.data
        limits = [limit for limit in self.configuration.config.limit if limit.decided_by == "anytime"]
        return sum(is_for(limit, name) for limit in limits for name in data)

    @cached_property
    def _resolved(self) -> list[Asked]:
        """All limits of the configuration with their rules."""
        problems, limits = Problems(), list[Asked]()
        for number, limit in enumerate(self.configuration.config.limit, 1):
            with problems.gathered():
                limits.append(self._resolved_limit(number, limit))
        problems.tell()
        return limits

    def _resolved_limit(self, number: int, limit: Limit) -> Asked:
        place = f"'{self.configuration.path}': limit {number}"
        rule = rules.find(limit.measure, limit.statistic, place)
        if limit.margin is not None and not rule.signed:
            raise ConfigError(
                f"{place}: {rule.measure} ({rule.statistic}) has no better or worse, so a margin means nothing;"
                " limit its gap, or set max and min"
            )
        if limit.decided_by == "anytime":
            rules.refuse_unwatchable(rule, place)
        if (
            limit.decided_by == "confident"
            and not self.options.bootstrap
            and rule.statistic in ("gap", "ratio", "group", "standardised")
        ):
            raise ConfigError(
                f"{place}: without bootstrap replicates there are no intervals to be confident by; raise bootstrap,"
                ' or set decided-by = "point"'
            )
        line = self.configuration.lines[number - 1]
        return Asked(number, limit, rule, f"{place} ({limit.measure})", line)

    def audited(self, limits: Sequence[Asked]) -> list[Audited]:
        """Each of the data that a limit is for, measured as far as the limits ask."""
        problems, audited = Problems(), list[Audited]()
        for name, data in self.configuration.config.data.items():
            asked = frozenset(each.measured for each in limits if is_for(each.limit, name))
            if not asked:
                continue
            with problems.gathered(f"data '{name}'"):
                self.step(f"reading {name}")
                held = self.read(name, data)
                if not problems:  # else the others are only read, to tell what is wrong with them, too
                    audited.append(self._audited(name, held, asked))
        problems.tell()
        return audited

    def _gather_misfits(self, problems: Problems) -> None:
        """Gather what does not fit the data, none of which is measured."""
        for name, data in self.configuration.config.data.items():
            with problems.gathered(f"data '{name}'"):
                self.read(name, data)

    def _audited(self, name: str, held: Held, asked: frozenset[str]) -> Audited:
        if held.roles.profile is not None:
            asked |= set(find(held.roles.profile).measures)
        self.step(f"measuring {name}")
        resampled = Resampled(table_scores(held.table, self.options), self.options, asked)
        audit = audit_table(held.table, held.source, held.roles, self.options, asked=asked, resampled=resampled)
        return Audited(name, audit, held.table, held.keys, held.model, resampled)

    def read(self, name: str, data: Data) -> Held:
        """One of the data, not yet measured."""
        from fairaudit.auditing.opening import opened
        from fairaudit.data.datasets import dataset_names

        given = said(**{role: getattr(data, role) for role in ROLES if getattr(data, role) not in (None, [])})
        cleaning = Cleaning(
            merge=tuple(data.merge),
            tidy=data.tidy,
            keep=tuple(data.keep),
            leave_out=tuple(data.leave_out),
            na=data.na,
        )
        if cleaning != Cleaning():
            given["cleaning"] = cleaning
        embedded = data.source in dataset_names()
        place = data.source if embedded else self.configuration.resolve(data.source)
        if data.model is None and data.key is None:
            with opened(place, given) as counted:
                source = structs.replace(counted.origin(), name=shown(data.source))
                return Held(counted.table, source, counted.roles, None, None)
        return self._rows_of(data, place, given)

    def _rows_of(self, data: Data, place: str, given: dict[str, Any]) -> Held:
        """One of the data row by row: with the scores of a model, or the keys by which rows are found again."""
        from fairaudit.data.datasets import dataset_names, load_source
        from fairaudit.data.table import role_table

        frame, source, roles = load_source(place, given)
        roles, source = applied(roles, frame, data.model is not None), structs.replace(source, name=shown(data.source))
        model = None
        if data.model is None:
            table = role_table(frame, roles)
        else:
            from fairaudit.fitting.scoring import load_model, scored_table

            path = self.configuration.resolve(data.model)
            bare = replace(roles, prediction=None, decision=None) if data.source in dataset_names() else roles
            table, roles = scored_table(load_model(path), frame, source, bare)
            roles = replace(roles, prediction=f"model {data.model}")
            model = fingerprint(path, data.model)
        keys = None
        if data.key is not None:
            if data.key not in frame.columns:
                raise ConfigError(f"the key '{data.key}' is no column; there are {', '.join(map(str, frame.columns))}")
            keys = hashed_keys(frame[data.key].iloc[table.index], data.key)
        return Held(table, source, roles, keys, model)


def is_for(limit: Limit, name: str) -> bool:
    """Whether a limit is for the data of that name."""
    return limit.data is None or name in named(limit.data)


def fingerprint(path: str, name: str) -> Source:
    """Name, SHA-256 and size of a file."""
    content = Path(path).read_bytes()
    return Source(name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
