"""A pool of models on the same folds: what each says about the factors, and on what all agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from fairaudit.arrays import Floats, Ints, Step
from fairaudit.auditing.run import manifest
from fairaudit.data.roles import Missing, Protected, Roles, Task
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import Attributed, attribution, check_sums, shares
from fairaudit.explaining.proxies import proxies
from fairaudit.explaining.relations import critical, depth, direct, error_covariance, precedence
from fairaudit.explaining.resampling import RowDraws
from fairaudit.fitting.attributing import own_explainer, sampled
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.run import fit_roles, prepare, read_frame
from fairaudit.fitting.split import check_side
from fairaudit.fitting.work import Work
from fairaudit.measures.divergence import jensen_shannon
from fairaudit.models.strength.search import parts_of
from fairaudit.options import MODELS, Options, whole
from fairaudit.results import Attribution, Source
from fairaudit.results.explanation import Explanation, FactorRelation, ModelPair, PooledModel
from fairaudit.scoretable.grid import groupings, groups

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


WORSE = 0.1
"""Share of what the best model gains over the constant one; a model that loses more than that, beyond a standard error,
is clearly worse and has no say."""
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
    task: Task | None = None,
    split_by: str | None = None,
    missing: Missing = "error",
    pool: PoolOptions | None = None,
    options: Options | None = None,
) -> Explanation:
    """Fit a pool of models to a data frame and tell on which relations of its factors they agree.

    Args:
        frame: a table that Narwhals reads.
        target: as all up to `missing` as in `fit`.
        protected: attributes whose groups are compared; no inputs unless named as features.
        features: inputs.
        drop: columns that are not inputs.
        exposure: time at risk, for counts.
        weight: row weights.
        task: kind of outcome.
        split_by: column whose values are kept in one fold.
        missing: what becomes of missing values.
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
        task=task,
        split_by=split_by,
        missing=missing,
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
    work = prepare(table, source, roles, FitOptions(penalty="none"), options)
    view = _View.of(work, pool)
    answers = [view.ask(kind, step) for kind in pool.pool]
    step("comparing the models")
    return view.explanation(answers)


@dataclass(frozen=True, eq=False)
class _Answer:
    """What one kind of model says about the rows held out."""

    name: str
    losses: Floats
    """Half deviance of each row, shape (n,)."""
    attribution: Attribution
    share: Floats
    """p, shape (J,)."""
    covariance: Floats
    """Of its error, shape (J, J)."""


@dataclass(frozen=True, eq=False)
class _View:
    """The folds, and the rows that are attributed."""

    work: Work
    pool: PoolOptions
    part: Ints
    """Fold of each row, shape (n,)."""
    mass: Floats
    """Weight × exposure as shares, shape (n,)."""
    chosen: Ints
    """Rows that are attributed, in increasing order, shape (m,)."""
    draws: RowDraws
    """Bootstrap over these."""

    @classmethod
    def of(cls, work: Work, pool: PoolOptions) -> _View:
        table, seed = work.table, work.options.seed
        n = len(work.cells.levels)
        part = parts_of(n, table.split_key, seed, pool.folds, f"a pool with {pool.folds} folds")
        for fold in range(pool.folds):
            check_side(table, np.flatnonzero(part != fold), "fitted")
        rows = np.arange(n)
        mass = work.mass(rows)
        chosen = sampled(mass, pool.rows, seed)
        draws = RowDraws.of(len(chosen), work.options.bootstrap, np.random.default_rng([seed, 22]))
        return cls(work, pool, part, mass, chosen, draws)

    @property
    def weight(self) -> Floats:
        """Weights of the attributed rows as shares, shape (m,)."""
        mass = self.mass[self.chosen]
        return np.asarray(mass / mass.sum())

    def ask(self, kind: str, step: Step) -> _Answer:
        """Fit one kind of model on all folds but one, and measure it on that one, for each fold."""
        table = self.work.table
        losses, values = np.zeros(len(self.part)), np.zeros((len(self.chosen), table.features.shape[1]))
        method, remainder, scale = "", 0.0, ""
        for fold in range(self.pool.folds):
            step(f"{kind}, fold {fold + 1} of {self.pool.folds}")
            inside, held = np.flatnonzero(self.part != fold), np.flatnonzero(self.part == fold)
            work = replace(self.work, fitting=replace(self.work.fitting, model=kind), train=inside, test=held)
            model = work.fit("none", step)
            losses[held] = work.losses(model, held)
            mine = self.part[self.chosen] == fold
            if not mine.any():
                continue
            found, linear, scale = own_explainer(model)[0](table.features.iloc[self.chosen[mine]])
            check_sums(found.values, linear)
            values[mine], method, remainder = found.values, found.method, max(remainder, found.remainder)
        return self._answer(kind, losses, Attributed(values, method, remainder), scale)

    def _answer(self, kind: str, losses: Floats, attributed: Attributed, scale: str) -> _Answer:
        cells, options, weight = self.work.cells.take(self.chosen), self.work.options, self.weight
        count = len(cells.attributes)
        made = attribution(
            attributed,
            attributed.values.sum(axis=1),
            list(map(str, self.work.table.features.columns)),
            [groups(cells.attributes, cells.levels, each) for each in groupings(count) if len(each) in (1, count)],
            weight,
            scale,
            options.min_group,
            self.draws,
            options.confidence,
            of_rows=len(self.part),
        )
        sizes = weight[:, None] * np.abs(attributed.values)
        folds = [np.flatnonzero(self.part[self.chosen] == fold) for fold in range(self.pool.folds)]
        covariance = error_covariance(
            shares(self.draws.sums(sizes)),
            np.array([shares(sizes[rows].sum(axis=0)) for rows in folds]),
            np.array([shares(self.draws.sums(sizes[rows], rows)) for rows in folds]),
        )
        return _Answer(kind, losses, made, shares(sizes.sum(axis=0)), covariance)

    def explanation(self, answers: list[_Answer]) -> Explanation:
        """The models side by side, and what those with a say agree on."""
        work, options = self.work, self.work.options
        names = list(map(str, work.table.features.columns))
        models = _ranked(answers, self.mass, work.null_loss(self.part), options.confidence)
        heard = [answer for answer in answers if next(m.included for m in models if m.name == answer.name)]
        z = critical(options.confidence)
        orders = {answer.name: precedence(answer.share, answer.covariance, z) for answer in heard}
        common = np.logical_and.reduce(list(orders.values()))
        level = depth(common)
        ranking = np.argsort(-np.mean([answer.share for answer in heard], axis=0), kind="stable")
        count = len(names) * (len(names) - 1) / 2
        top = min(self.pool.top, len(names))
        asked = {"pool": list(self.pool.pool), "folds": self.pool.folds, "rows": self.pool.rows, "top": self.pool.top}
        unused = {"permutations": None, "density": None, "split_by": work.roles.split_by}
        return Explanation(
            task=work.table.task,
            rows=work.table.rows,
            source=work.source,
            target=(work.roles.target or "").partition("=")[0],
            protected=[attribute.summary() for attribute in work.cells.attributes],
            factors=[names[place] for place in ranking],
            folds=self.pool.folds,
            attributed=len(self.chosen),
            confidence=options.confidence,
            models=models,
            relations=_relations(common, names, ranking, np.array([answer.share for answer in heard])),
            levels=[[names[j] for j in ranking if level[j] == each] for each in range(int(level.max()) + 1)],
            settled=float(common.sum() / count) if count else None,
            pairs=[_pair(one, other, orders, count, top) for i, one in enumerate(heard) for other in heard[i + 1 :]],
            top=top,
            proxies=proxies(work.table.features, work.cells, self.mass),
            notes=[*work.table.notes, *self._notes(models)],
            manifest=manifest(fit_roles(work.roles), replace(options, extra={**options.extra, **unused, **asked})),
        )

    def _notes(self, models: list[PooledModel]) -> list[str]:
        n, m = len(self.part), len(self.chosen)
        notes = [
            f"The rows were cut into {self.pool.folds} folds, the same for all models; each row was measured with"
            " models that were fitted without its fold."
        ]
        if m < n:
            notes.append(f"Losses are of all {n:,} rows, attributions of {m:,} of them, drawn at random (--rows).")
        if self.work.roles.split_by is not None:
            notes.append(f"Rows with the same '{self.work.roles.split_by}' are in one fold.")
        for model in models:
            if model.attribution.remainder > 0 and model.name == "network":
                share = model.attribution.remainder
                notes.append(
                    f"Expected gradients of the network miss a row's prediction by at most {share:.2g}; that is spread"
                    " over its factors."
                )
        return notes


def _ranked(answers: list[_Answer], mass: Floats, null: float, confidence: float) -> list[PooledModel]:
    """The models, best first, and which of them have a say."""
    loss = {answer.name: float(mass @ answer.losses) for answer in answers}
    best = min(answers, key=lambda answer: loss[answer.name])
    allowed = WORSE * max(null - loss[best.name], 0.0)
    z, made = critical(confidence), []
    for answer in sorted(answers, key=lambda answer: loss[answer.name]):
        difference = answer.losses - best.losses
        worse = float(mass @ difference)
        error = float(np.sqrt(mass**2 @ (difference - worse) ** 2))
        clearly = answer is not best and worse - error > allowed and null > loss[best.name]
        why = (
            f"its loss is {worse:.3g} ± {error:.2g} above that of {best.name}, which gains {null - loss[best.name]:.3g}"
        )
        spread = z * np.sqrt(np.diagonal(answer.covariance))
        ends = zip(np.maximum(answer.share - spread, 0), np.minimum(answer.share + spread, 1), strict=True)
        made.append(
            PooledModel(
                name=answer.name,
                included=not clearly,
                why=why if clearly else None,
                loss=loss[answer.name],
                gain=100 * (1 - loss[answer.name] / null) if null > 0 else None,
                worse=worse,
                standard_error=error,
                importance=answer.attribution.importance,
                intervals={
                    name: (float(low), float(high))
                    for name, (low, high) in zip(answer.attribution.importance, ends, strict=True)
                },
                attribution=answer.attribution,
            )
        )
    return made


def _relations(order: NDArray[np.bool_], names: list[str], ranking: Ints, each: Floats) -> list[FactorRelation]:
    covering = direct(order)
    return [
        FactorRelation(
            primary=names[j],
            secondary=names[k],
            direct=bool(covering[j, k]),
            least=float((each[:, j] - each[:, k]).min()),
        )
        for j in ranking
        for k in ranking
        if order[j, k]
    ]


def _pair(one: _Answer, other: _Answer, orders: dict[str, NDArray[np.bool_]], count: float, top: int) -> ModelPair:
    mine, theirs = orders[one.name], orders[other.name]
    tau = round(float(kendalltau(one.share, other.share).statistic), 12) if count else np.nan
    first, second = (set(np.argsort(-answer.share, kind="stable")[:top].tolist()) for answer in (one, other))
    return ModelPair(
        models=[one.name, other.name],
        agreed=float((mine & theirs).sum() / count) if count else None,
        contradicted=float((mine & theirs.T).sum() / count) if count else None,
        kendall=tau if np.isfinite(tau) else None,
        top_overlap=len(first & second) / top,
        jensen_shannon=float(jensen_shannon(np.array([one.share, other.share]) / 2)),
    )
