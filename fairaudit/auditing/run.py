"""From a table of roles, or from predictions, to the frozen `Audit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.auditing.curves import curves
from fairaudit.auditing.experts import event_ratios, lifts, recalibrations
from fairaudit.auditing.family import corrected
from fairaudit.auditing.groups import distributions, divergences, groups_and_disparities
from fairaudit.auditing.manifest import manifest
from fairaudit.auditing.notes import notes_of, scale
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.searching import subgroups
from fairaudit.auditing.suppression import refuse_what_is_finer, suppressed, without_extremes
from fairaudit.auditing.surrogate import with_surrogate
from fairaudit.auditing.verdict import with_verdict
from fairaudit.auditing.within import within_strata
from fairaudit.auditing.words import with_words
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Favourable, Missing, Protected, Roles, Task, said
from fairaudit.errors import OptionError, RoleError, listing, nearest
from fairaudit.measures.catalogue import names
from fairaudit.measures.dependence import not_asked
from fairaudit.measures.detectable import refuse_unknown_margins
from fairaudit.measures.overall import follows, infinite, intervals, overall
from fairaudit.options import Options
from fairaudit.problems import Problems
from fairaudit.profiles import applied, with_rule
from fairaudit.results import Audit, DependenceReport, Manifest, Performance, Prediction, Rows, Source
from fairaudit.scoretable.cells import Cells, searched_cells, table_cells
from fairaudit.scoretable.strata import admissible, notion, strata
from fairaudit.scoretable.table import ScoreTable, score_table

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable


@dataclass(frozen=True, eq=False)
class RowByRow:
    """The rows of a table, each a line, with all their columns."""

    table: RoleTable
    """Their columns in their roles."""
    frame: pd.DataFrame
    """The data that they were read from."""
    note: str | None = None
    """That they are not all rows, where they are not."""


Others = Callable[[], RowByRow | None]
"""Gives the rows of a table, where they are few enough to be compared by their other columns."""


def audit(
    frame: object,
    *,
    protected: str | Protected | Sequence[str | Protected],
    prediction: str | Sequence[str] | None = None,
    target: str | None = None,
    decision: str | None = None,
    threshold: float | str | None = None,
    exposure: str | None = None,
    weight: str | None = None,
    count: str | None = None,
    cluster: str | None = None,
    search_over: str | Protected | Sequence[str | Protected] = (),
    task: Task | None = None,
    given: str | None = None,
    favourable: Favourable | str | None = None,
    reference: str | Sequence[str] = (),
    rows_are: str | None = None,
    missing: Missing = "error",
    profile: str | None = None,
    cleaning: Cleaning | None = None,
    options: Options | None = None,
) -> Audit:
    """Measure the unfairness of predictions, decisions or outcomes in a data frame.

    Args:
        frame: a pandas, Polars, Arrow, DuckDB or PySpark table, or anything else that Narwhals reads.
        protected: one attribute or several, each ``NAME``, ``NAME:continuous``, ``NAME:categorical``,
            ``NAME:bins=25,45``, or ``NAME:set=;`` where a cell holds several values with this sign between them.
        prediction: column of scores, probabilities, expected values or (for counts) expected counts; for classes a
            column of probabilities for each: their names, or a pattern such as ``proba_*``.
        target: column of the observed outcome, or ``NAME=LEVEL,LEVEL`` (see `Roles.target`).
        decision: column of yes/no decisions, or ``NAME=LEVEL,LEVEL`` with the levels that mean yes; for classes of the
            one that is predicted.
        threshold: decide yes where prediction ≥ threshold; or text such as ``'<620'``, ``median``, ``top=10%`` or
            ``cost=1:5`` (see `Roles.threshold`).
        exposure: column of the time at risk, for counts.
        weight: column of row weights.
        count: column of how many people a row stands for (see `Roles.count`).
        cluster: column of whom a row is about, where people have several rows.
        search_over: attributes that a search for subgroups (``options=Options(search=3)``) combines besides the
            protected ones, written like them.
        task: kind of outcome; guessed from the target where it is not given.
        given: admissible column: rates, gaps and dependence are also measured among rows with the same value of it.
        favourable: which way is good for a person: ``yes`` or ``no`` of a decision or outcome, ``high`` or ``low`` of a
            number, or a class; None: not known.
        reference: groups that others are compared with, each ``NAME=LEVEL``; else the best-off ones.
        rows_are: what a row is, in the plural, such as ``people``: how sentences call rows.
        missing: what becomes of missing values: an error, a group of their own, or the row dropped.
        profile: a public rule, such as ``four-fifths`` or ``nyc-ll144``, which fills in what is not said and adds its
            table (docs/profiles.md).
        cleaning: which values are missing, which levels are one, and which rows take part.
        options: how to measure.

    Returns:
        The frozen result; see `Audit` for what it holds and how to render it.

    Raises:
        FairAuditError: if a column is missing or does not fit its role.
    """
    from fairaudit.data.frames import framed
    from fairaudit.data.table import line_table, role_table

    options = Options.checked(options)
    data = framed(frame)
    words = said(
        target=target,
        prediction=prediction,
        decision=decision,
        threshold=threshold,
        protected=protected,
        exposure=exposure,
        weight=weight,
        count=count,
        cluster=cluster,
        search_over=search_over,
        task=task,
        given=given,
        favourable=favourable,
        reference=reference,
        rows_are=rows_are,
        missing=missing,
        profile=profile,
        cleaning=cleaning or Cleaning(),
    )
    roles = applied(Roles(**words), data.engine)

    def others() -> RowByRow | None:
        rows = data.rows()
        return None if rows is None else RowByRow(role_table(rows, roles), rows)

    return audit_table(line_table(data.engine, roles), data.source, roles, options, others=others)


def _nothing() -> None:
    """No rows to compare by."""


def audit_table(
    table: RoleTable,
    source: Source,
    roles: Roles,
    options: Options,
    step: Step = lambda _: None,
    asked: frozenset[str] | None = None,
    resampled: Resampled | None = None,
    others: Others = _nothing,
) -> Audit:
    """Audit the predictions, decisions or outcomes of a table of roles.

    Args:
        table: the rows in their roles.
        source: where they are from.
        roles: which column is what.
        options: how to measure.
        step: told the name of each step as it begins.
        asked: as in `measure`.
        resampled: as in `measure`.
        others: gives the rows of the table with all their columns, by which it is told what the difference of the
            verdict goes along with; None: that is not told.
    """
    if options.suppress:
        refuse_what_is_finer(options, roles.given, roles.profile)
        table = suppressed(table, lambda rows: table_scores(rows, options, merge=False), options.suppress)
        others = _nothing  # what goes along with a difference is found among single rows
    scores = table_scores(table, options) if resampled is None else resampled.table
    column = {"prediction": roles.prediction, "decision": roles.decision, "outcome": roles.target}
    surroundings = Surroundings(
        rows=table.rows,
        source=source,
        column=column[scores.subject] or scores.subject,
        performance=quality(scores, options),
        notes=list(table.notes),
        manifest=manifest(roles, options),
        parity=notion(options.parity, roles.given),
        favourable=roles.good_side,
        reference=dict(roles.reference),
        searched=_searched(table, roles, options),
        fitted_on=table.fitted_on,
    )
    measured = measure(scores, surroundings, options, step, asked, resampled)
    if measured.verdict is not None and measured.verdict.lead is not None and (rows := others()) is not None:
        step("comparing with the other columns")
        lines = table_scores(rows.table, options, merge=False)
        measured = with_surrogate(measured, lines, rows.frame, rows.table.index, roles)
        if rows.note is not None:
            measured = structs.replace(measured, notes=[*measured.notes, rows.note])
    return with_rule(measured, roles.profile, scores)


def _refuse_unknown_references(table: ScoreTable, reference: Mapping[str, str]) -> None:
    """Refuse a reference that is no group: the best-off one would stand in its place without a word."""
    problems = Problems()
    for attribute in table.attributes:
        level = reference.get(attribute.name)
        with problems.gathered():
            if level is not None and level not in attribute.bands:
                raise RoleError(
                    f"the reference '{level}' is no level of {attribute.name}; it has:"
                    f" {listing(attribute.bands)}{nearest(level, attribute.bands)}"
                )
    problems.tell()


def _searched(table: RoleTable, roles: Roles, options: Options) -> ScoreTable | None:
    """The score table of all attributes that are searched, where some are not protected ones."""
    if not roles.search_over:
        return None
    if not options.search:
        raise OptionError(
            f"{listing(each.name for each in roles.search_over)} is named to be searched, and no search is asked for;"
            " say with --search how many attributes it may combine"
        )
    return _scored(table, searched_cells(table))


def table_scores(table: RoleTable, options: Options, merge: bool = True) -> ScoreTable:
    """The score table of a table of roles; without `merge` one line for each row, in the order of the rows."""
    unpredicted = table.prediction is None and table.probabilities is None
    if options.parity != "demographic" and unpredicted and table.decision is None:
        raise OptionError(
            f"parity {options.parity} compares rows of one outcome, and what is measured is the outcome itself; name a"
            " --prediction or --decision"
        )
    cells, stratum = table_cells(table, options.scale), strata(table, options.parity)
    return _scored(table, cells, merge, stratum=stratum, given=table.given, admissible=admissible(table))


def _scored(table: RoleTable, cells: Cells, merge: bool = True, **strata_of: Any) -> ScoreTable:
    """The score table of a table of roles with its attributes encoded, and the strata that it is to keep."""
    return score_table(
        cells,
        table.task,
        prediction=table.prediction,
        decision=table.decision,
        outcome=table.outcome,
        classes=table.outcome_levels if table.task == "multiclass" else (),
        probabilities=table.probabilities,
        exposure=table.exposure,
        weight=table.weight,
        count=table.count,
        cluster=None if table.cluster is None else table.cluster.astype(np.intp),
        distinct=table.distinct,
        merge=merge,
        **strata_of,
    )


def quality(table: ScoreTable, options: Options) -> Performance:
    """How good the predictions or decisions of a table are, with intervals; empty without an outcome."""
    measured = overall(table)
    ends = intervals(measured, options.confidence) if options.bootstrap else {}
    values = {name: each.value for name, each in measured.items()}
    return Performance(test=values, intervals=ends, infinite=infinite(measured))


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What an audit states about its surroundings."""

    rows: Rows
    source: Source
    column: str
    """Column, or name of the model, that is measured."""
    performance: Performance
    manifest: Manifest
    parity: str = "demographic"
    """Among which rows independence is asked, in words."""
    notes: list[str] = field(default_factory=list)
    favourable: Favourable | str | None = None
    """Which way is good for a person; None: nobody said."""
    reference: dict[str, str] = field(default_factory=dict)
    """Attribute → level that others are compared with."""
    searched: ScoreTable | None = None
    """The table in which subgroups are searched, where it has more attributes than the audit."""
    fitted_on: bool = False
    """Whether the model that made the predictions was fitted on most of the rows."""


def measure(
    table: ScoreTable,
    surroundings: Surroundings,
    options: Options,
    step: Step = lambda _: None,
    asked: frozenset[str] | None = None,
    resampled: Resampled | None = None,
) -> Audit:
    """Audit a score table: every number about groups comes from here.

    Args:
        table: the score table.
        surroundings: what the audit states about its surroundings.
        options: how to measure.
        step: told the name of each step as it begins.
        asked: measures that are wanted, by name; None: all. The others are left out or None,
            which saves their time; those asked for are the same numbers in either case, but for the noise of floors.
        resampled: the same table, options and measures, for who needs its laws beside the audit.
    """
    _refuse_unknown_references(table, surroundings.reference)
    refuse_unknown_margins(options)
    resampled = resampled or Resampled(table, options, asked)
    step("drawing bootstrap replicates")
    _ = resampled.segments
    step("shuffling predictions")
    dependence = _dependence(resampled, surroundings.parity)
    step("comparing groups")
    compared = groups_and_disparities(resampled, surroundings.favourable, surroundings.reference)
    within = within_strata(resampled, surroundings.favourable, surroundings.reference, options.confidence)
    if options.search:
        step("searching subgroups")
    search = subgroups(surroundings.searched or table, options, surroundings.favourable, asked)
    gaps, apart = compared.disparities, divergences(resampled)
    decided = follows(table)
    tested = corrected(table, gaps, apart, dependence, within, options.correction, search)
    attributes = [attribute.summary() for attribute in table.attributes]
    singly = asked is None and not options.suppress  # whether what may show the values of single rows is wanted
    measured = Audit(
        task=table.task,
        rows=surroundings.rows,
        source=surroundings.source,
        classes=list(table.classes),
        protected=list(map(without_extremes, attributes) if options.suppress else attributes),
        prediction=Prediction(
            subject=table.subject,
            column=surroundings.column,
            scale=scale(table),
            distinct=_distinct(table),
            exact=table.error_bound == 0,
            error_bound=table.error_bound,
            decided=None if decided is None else decided[0],
            decided_error=None if decided is None else decided[1],
        ),
        groups=compared.groups,
        dependence=tested.dependence,
        divergence=tested.divergence,
        disparities=tested.disparities,
        contrasts=compared.contrasts,
        within=tested.within,
        detectable=compared.detectable(tested.level, options),
        recalibration=recalibrations(resampled) if asked is None else [],
        event_ratios=event_ratios(resampled) if asked is None else [],
        lift=lifts(resampled) if singly else [],
        distributions=distributions(resampled) if singly else [],
        curves=curves(resampled) if singly else [],
        subgroups=tested.subgroups,
        performance=surroundings.performance,
        fitted_on=surroundings.fitted_on,
        confidence=options.confidence,
        min_group=options.min_group,
        favourable=surroundings.favourable,
        reference=surroundings.reference,
        notes=[*surroundings.notes, *notes_of(table, options), *tested.note],
        manifest=surroundings.manifest,
    )
    worded = with_words(measured)
    return with_verdict(worded) if asked is None else worded


def _dependence(resampled: Resampled, parity: str) -> DependenceReport:
    if resampled.asked is None:
        report = resampled.dependence.report(resampled.nulls, resampled.dependence_interval)
        return structs.replace(report, conditional=resampled.conditional(parity))
    if resampled.wants(*names("dependence")):
        return resampled.dependence.report({}, resampled.dependence_interval)
    return not_asked([attribute.name for attribute in resampled.table.attributes])


def _distinct(table: ScoreTable) -> int:
    """How many distinct values the data have of what is measured."""
    if table.distinct is not None:
        return table.distinct
    return len(np.unique(table.value if table.probabilities is None else table.probabilities, axis=0))
