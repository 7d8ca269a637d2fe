"""A pool of models on the same folds: what each says about the factors, and on what all agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats, Ints, Step
from fairaudit.auditing.manifest import manifest
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Missing, Protected, Roles, Task
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import Attributed, attribution, check_sums, shares
from fairaudit.explaining.conclusion import with_conclusion
from fairaudit.explaining.proxies import proxies
from fairaudit.explaining.relations import error_covariance
from fairaudit.explaining.resampling import RowDraws
from fairaudit.fitting.answers import ModelAnswer, agreement, ranked
from fairaudit.fitting.attributing import of_codes, own_explainer, sampled
from fairaudit.fitting.constant import null_loss
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.prediction import losses
from fairaudit.fitting.run import read_frame, unpredicted
from fairaudit.fitting.split import Part, Split, check_side, part_of, split_table
from fairaudit.models.splits import folds_of
from fairaudit.options import MODELS, Options, whole
from fairaudit.results import Source
from fairaudit.results.explanation import Explanation, PooledModel
from fairaudit.scoretable.facets import facets
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


FEWEST_FOLDS = 2
FEWEST_ROWS = 100
ROWS = 20_000
NETWORK_ROWS = 3000


@dataclass(frozen=True)
class PoolOptions:
    """Which models are asked, and how."""

    pool: tuple[str, ...] = ("glm", "boosting")
    """Kinds of model: ``glm``, ``boosting``, ``network`` (needs PyTorch)."""
    folds: int = 3
    """Parts of the rows, each held out once."""
    rows: int | None = None
    """Most held-out rows that are attributed, drawn with the seed, alike for all models; None: 20,000, or 3,000 where
    there is a network."""
    top: int = 3
    """Number of factors of which the overlap is told."""

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        if isinstance(self.pool, str) or not self.pool:
            raise OptionError(f"pool is {self.pool!r}; kinds of model are needed, such as ('glm', 'boosting')")
        for name in self.pool:
            if name not in MODELS:
                near = get_close_matches(str(name), MODELS, 1)
                hint = f"did you mean '{near[0]}'? The kinds" if near else "the kinds"
                raise OptionError(f"model '{name}' of the pool is unknown; {hint} are {', '.join(MODELS)}")
        if len(set(self.pool)) < len(self.pool):
            raise OptionError(f"the pool {', '.join(self.pool)} names a model twice; models are to be different")
        if whole(self.folds, "folds") < FEWEST_FOLDS:
            raise OptionError(f"folds is {self.folds}; at least {FEWEST_FOLDS} are needed")
        if self.rows is None:
            object.__setattr__(self, "rows", NETWORK_ROWS if "network" in self.pool else ROWS)
        elif whole(self.rows, "rows") < FEWEST_ROWS:
            raise OptionError(f"rows is {self.rows}; at least {FEWEST_ROWS} are needed to tell factors apart")
        if whole(self.top, "top") < 1:
            raise OptionError(f"top is {self.top}; at least 1 factor is needed")


def explain(
    frame: object,
    *,
    target: str,
    protected: str | Protected | Sequence[str | Protected],
    features: str | Sequence[str] | None = None,
    drop: str | Sequence[str] = (),
    exposure: str | None = None,
    weight: str | None = None,
    count: str | None = None,
    cluster: str | None = None,
    task: Task | None = None,
    split_by: str | None = None,
    missing: Missing = "error",
    cleaning: Cleaning | None = None,
    pool: PoolOptions | None = None,
    options: Options | None = None,
) -> Explanation:
    """Fit a pool of models to a data frame and tell on which relations of its factors they agree.

    Args:
        frame: a table that Narwhals reads.
        target: as all up to `cleaning` as in `fit`.
        protected: attributes whose groups are compared; no inputs unless named as features.
        features: inputs.
        drop: columns that are not inputs.
        exposure: time at risk, for counts.
        weight: row weights.
        count: column of how many people a row stands for; each of them may be fitted on or held out.
        cluster: column of whom a row is about, where people have several rows.
        task: kind of outcome.
        split_by: column whose values are kept in one fold; None: the cluster.
        missing: what becomes of missing values.
        cleaning: which values are missing, which levels are one, and which rows take part.
        pool: models and folds.
        options: how to measure; a pool needs a bootstrap.

    Raises:
        FairAuditError: if a column or option does not fit, or a model cannot be fitted.
    """

    if pool is not None and not isinstance(pool, PoolOptions):
        raise OptionError(f"pool is of type {type(pool).__name__}; write pool=fairaudit.PoolOptions(...)")
    table, source, roles, options = read_frame(
        frame,
        options,
        target=target,
        protected=protected,
        features=features,
        drop=drop,
        exposure=exposure,
        weight=weight,
        count=count,
        cluster=cluster,
        task=task,
        split_by=split_by,
        missing=missing,
        cleaning=cleaning or Cleaning(),
    )
    return explain_table(table, source, roles, pool or PoolOptions(), options)


def explain_table(
    table: RoleTable,
    source: Source,
    roles: Roles,
    pool: PoolOptions,
    options: Options,
    step: Step = lambda _: None,
) -> Explanation:
    """Fit a pool of models to a table of roles that holds features, and compare what they say."""
    if not options.bootstrap:
        raise OptionError("bootstrap is 0; relations need replicates for their margins, such as 1000")
    if "network" in pool.pool:
        from fairaudit.models.network import need_torch

        need_torch("fitted")
    split = split_table(table, source, roles, FitOptions(penalty="none"), options, parity=False)
    folds = _folds(split, pool)
    answers = [_ask(folds, kind, step) for kind in pool.pool]
    step("comparing the models")
    return _explanation(folds, pool, answers)


@dataclass(frozen=True, eq=False)
class _Folds:
    """All rows of a table cut into folds, and those of them that are attributed."""

    split: Split
    """What is asked of the table; its parts are not used."""
    rows: Part
    """All n rows."""
    of: Ints
    """Fold of each row, shape (n,)."""
    count: int
    """Number of folds."""
    chosen: Ints
    """Rows that are attributed, in increasing order, shape (m,)."""
    weight: Floats
    """Their weights as shares, shape (m,)."""
    draws: RowDraws
    """Bootstrap over these."""


def _folds(split: Split, pool: PoolOptions) -> _Folds:
    """The rows of a table, cut into the folds of a pool."""
    seed, everything = split.options.seed, part_of(split.table, split.cells, np.arange(len(split.cells.levels)))
    fold_of = folds_of(
        len(everything.rows),
        everything.unit,
        Stream.POOL_FOLDS.generator(seed),
        pool.folds,
        f"a pool with {pool.folds} folds",
    )
    for fold in range(pool.folds):
        check_side(split.table, np.flatnonzero(fold_of != fold), "fitted")
    mass = everything.mass
    chosen = sampled(mass, pool.rows, Stream.POOL_ROWS.generator(seed))
    draws = RowDraws.of(len(chosen), split.options.bootstrap, Stream.POOL_REPLICATES.generator(seed))
    return _Folds(split, everything, fold_of, pool.folds, chosen, mass[chosen] / mass[chosen].sum(), draws)


def _ask(folds: _Folds, kind: str, step: Step) -> ModelAnswer:
    """Fit one kind of model on all folds but one, and measure it on that one, for each fold."""
    rows = folds.rows
    loss, scale = np.zeros(len(rows.rows)), ""
    columns = (len(rows.classes),) if rows.classes else ()
    whole = Attributed(np.zeros((len(folds.chosen), rows.features.shape[1], *columns)), "")
    for fold in range(folds.count):
        step(f"{kind}, fold {fold + 1} of {folds.count}")
        held = np.flatnonzero(folds.of == fold)
        fitting = replace(folds.split.fitting, model=kind)
        model = fitted(replace(folds.split, fitting=fitting, train=rows.take(folds.of != fold)), "none", step)
        loss[held] = losses(model, rows.take(held))
        mine = folds.of[folds.chosen] == fold
        if not mine.any():
            continue
        attributed, linear, scale = own_explainer(model)[0](rows.features.iloc[folds.chosen[mine]])
        attributed, linear = of_codes(model, attributed, linear, len(rows.classes))
        check_sums(attributed.values, linear)
        whole = whole.with_rows(mine, attributed)
    return _answer(folds, kind, loss, whole, scale)


def _answer(folds: _Folds, kind: str, loss: Floats, attributed: Attributed, scale: str) -> ModelAnswer:
    """What the attributions of one kind of model say of the factors."""
    cells, options, weight = folds.rows.cells.take(folds.chosen), folds.split.options, folds.weight
    count = len(cells.attributes)
    whole = attribution(
        attributed,
        attributed.values.sum(axis=1),
        folds.split.factors,
        facets(cells).all_groups({1, count}),
        weight,
        scale,
        options.min_group,
        folds.draws,
        options.confidence,
        of_rows=len(folds.of),
        classes=folds.rows.classes,
    )
    sizes = weight[:, None] * attributed.sizes
    inside = [np.flatnonzero(folds.of[folds.chosen] == fold) for fold in range(folds.count)]
    covariance = error_covariance(
        shares(folds.draws.sums(sizes)),
        np.array([shares(sizes[rows].sum(axis=0)) for rows in inside]),
        np.array([shares(folds.draws.sums(sizes[rows], rows)) for rows in inside]),
    )
    return ModelAnswer(kind, loss, whole, shares(sizes.sum(axis=0)), covariance)


def _explanation(folds: _Folds, pool: PoolOptions, answers: list[ModelAnswer]) -> Explanation:
    """The models side by side, and what those with a say agree on."""
    split, options, names = folds.split, folds.split.options, folds.split.factors
    mass, top = folds.rows.mass, min(pool.top, len(folds.split.factors))
    models = ranked(answers, mass, null_loss(split, folds.rows, folds.of), options.confidence)
    included = {model.name for model in models if model.included}
    common = agreement([answer for answer in answers if answer.name in included], names, top, options.confidence)
    asked = {"pool": list(pool.pool), "folds": pool.folds, "rows": pool.rows, "top": pool.top}
    unused = {"permutations": None, "density": None, "split_by": split.roles.kept_together}
    explanation = Explanation(
        task=split.table.task,
        rows=split.table.rows,
        source=split.source,
        target=(split.roles.target or "").partition("=")[0],
        protected=[attribute.summary() for attribute in split.cells.attributes],
        factors=common.factors,
        folds=pool.folds,
        attributed=len(folds.chosen),
        confidence=options.confidence,
        models=models,
        relations=common.relations,
        levels=common.levels,
        settled=common.settled,
        pairs=common.pairs,
        top=top,
        proxies=proxies(split.table.features, split.cells, mass),
        notes=[*split.table.notes, *_notes(folds, models)],
        manifest=manifest(unpredicted(split.roles), replace(options, extra={**options.extra, **unused, **asked})),
    )
    return with_conclusion(explanation)


def _notes(folds: _Folds, models: list[PooledModel]) -> list[str]:
    """How the rows were cut and measured, in words."""
    n, m, split_by = len(folds.of), len(folds.chosen), folds.split.roles.kept_together
    notes = [
        f"The rows were cut into {folds.count} folds, the same for all models; each row was measured with models that"
        " were fitted without its fold."
    ]
    if m < n:
        notes.append(f"Losses are of all {n:,} rows, attributions of {m:,} of them, drawn at random (--rows).")
    if split_by is not None:
        notes.append(f"Rows with the same '{split_by}' are in one fold.")
    notes += [
        f"Expected gradients of the network miss a row's prediction by at most {model.attribution.remainder:.2g}; that"
        " is spread over its factors."
        for model in models
        if model.attribution.remainder > 0 and model.name == "network"
    ]
    return notes
