"""Dependence of predictions on protected attributes, for arrays and data frames: penalty, measure and test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.shuffles import null_distributions
from fairaudit.data.roles import Protected, Roles
from fairaudit.distance.coupling import Kind
from fairaudit.distance.penalty import DependencePenalty, dependence_penalty, resolve
from fairaudit.errors import OptionError, RoleError
from fairaudit.measures.dependence import DependenceMeasures, chi_square_p_value, dependence_measures
from fairaudit.options import SCALES, GroupWeight, Scale, one_of, real, whole
from fairaudit.results import Dependence, IndependenceTest
from fairaudit.scoretable.cells import Cells, cells
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import ScoreTable, score_table
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


PERMUTED_ROWS = 100_000
"""Rows up to which `independence_test` permutes by itself; beyond, the χ² law is as good and costs nothing."""


def penalty(
    protected: object,
    kind: Kind = "ccdcov",
    weight: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    c: float = 1.0,
    scale: Scale = "paper",
    exact: bool = False,
    group_weight: GroupWeight = "size",
    threshold: float | None = None,
) -> DependencePenalty:
    r"""A function of predictions that gives their dependence on protected attributes, and its gradient.

    The exact biased measure over all rows, :math:`\sum_{kl} \omega_k \omega_l W_{c_k c_l} |f_k - f_l|`, W the coupling
    of the measure (see `fairaudit.distance.coupling`); the part of JdCov² that no prediction can change is left out.

    Args:
        protected: data frame of the protected attributes, n rows: text and two-valued columns are categories, other
            numbers are continuous. Each distinct value is kept up to 256; beyond, dCov² and sums are still exact, and
            CCdCov² and JdCov² of several attributes take quantile cells unless `exact`.
        kind: ``ccdcov`` (concatenated), ``jdcov`` (joint), ``sum`` (of the single ones), or ``dcov:NAME`` (one
            attribute; ``dcov`` where there is only one). ``dcor`` is CCdCov² and ``dcor:NAME`` dCov² over the distance
            standard deviation of f: of degree zero, so that pulling all predictions together lowers nothing.
        weight: row weights, shape (n,), ≥ 0; None: all equal.
        strata: dependence within each stratum, shares as weights, shape (n,): the outcome for equalised odds, an
            admissible column for conditional parity; rows without a value (None, NaN) are left out; None: all rows.
        c: weight of lower orders in JdCov², > 0.
        scale: how attributes are scaled before distances are taken: ``paper``, ``standardised`` or ``equal``.
        exact: take all distances from the values themselves also there, from all pairs of rows: O(n²) time, O(n)
            memory, all processors.
        group_weight: whether groups (joint bands of the attributes) count by their ``size``, or all alike
            (``equal``), but one of less than 1% of the weight less.
        threshold: where given, the measure is of the decision f ≥ threshold, smoothed over a width of 0.05.

    Returns:
        A function from f, shape (n,), to the value, in the unit of f (of ``dcor`` without one) and ≥ 0 but for
        rounding (JdCov² with three or more blocks may be negative), and its gradient, shape (n,). For prediction
        vectors, shape (n, classes), the sum over the classes, and the gradient of that shape. Evaluating it costs
        O(n log n + nK) for K cells, or less where the attributes allow (see `fairaudit.distance.coupled`).

    Source: Lee, Antonio, Avanzi, Marchi & Zhou (2025), Machine Learning with Multitype Protected Attributes.

    >>> import pandas as pd
    >>> dependence = penalty(pd.DataFrame({"z": [0, 1, 0, 1]}), "dcov")
    >>> value, gradient = dependence(np.array([0.0, 1.0, 0.0, 1.0]))
    >>> round(value, 6)
    0.25
    """
    _check_kind(kind)
    c = real(c, "c")
    attributes, share = encoded(protected, weight, scale)
    return dependence_penalty(attributes, kind, share, _strata(strata, len(share)), c, exact, group_weight, threshold)


def distance_covariance(
    prediction: ArrayLike,
    protected: object,
    kind: Kind = "ccdcov",
    weight: ArrayLike | None = None,
    *,
    scale: Scale = "paper",
    exact: bool = False,
) -> Dependence:
    """Squared distance covariance of predictions and protected attributes, without a p-value.

    Args:
        prediction: f, shape (n,), finite.
        protected: data frame of the attributes, n rows, read as in `penalty`.
        kind: ``ccdcov``, or ``dcov:NAME`` (``dcov`` where there is only one attribute).
        weight: row weights, shape (n,), ≥ 0; None: all equal.
        scale: as in `penalty`.
        exact: as in `penalty`; without it, `error` says what quantile cells may cost.

    Returns:
        Biased and unbiased value (unit of f), floor, excess, and bias-corrected squared distance correlation: at most
        1, about 0 under independence, of either sign there. See `Dependence`.

    Source: Székely, Rizzo & Bakirov (2007), doi:10.1214/009053607000000505.
    """
    measures, kind = _measures(prediction, protected, kind, weight, scale, joint=False, exact=exact)
    return measures.single(kind, {})


def independence_test(
    prediction: ArrayLike,
    protected: object,
    kind: Kind = "ccdcov",
    weight: ArrayLike | None = None,
    *,
    method: Literal["auto", "permutation", "chi-square"] = "auto",
    permutations: int = 999,
    seed: int = 0,
    scale: Scale = "paper",
) -> IndependenceTest:
    """Test that predictions are independent of protected attributes.

    The permutation test shuffles the predictions over the rows and counts (1 + #{≥ observed}) / (B + 1): exact for any
    n and any kind of attribute when weights are equal. Continuous predictions are first put into 32 groups of
    neighbours, so that no draw needs a sort; that leaves the test exact. The χ² test refers n · dCor² + 1 to χ² with
    one degree of freedom (Shen, Panda & Vogelstein 2022, doi:10.1080/10618600.2021.1938585): conservative, for large n.

    Args:
        prediction: f, shape (n,), finite.
        protected: data frame of the attributes, n rows, read as in `penalty`.
        kind: ``ccdcov``, ``jdcov`` (permutation only) or ``dcov:NAME``.
        weight: row weights, shape (n,), ≥ 0; None: all equal. Under χ² n is the effective number 1 / Σ ω².
        method: ``auto`` permutes up to 100,000 rows.
        permutations: number of shuffles B, ≥ 1.
        seed: seed of the shuffles.
        scale: as in `penalty`.

    Returns:
        P-value and how it was made.
    """
    measures, kind = _measures(prediction, protected, kind, weight, scale, joint=True, exact=False)
    table = measures.table
    if method == "auto":
        method = "permutation" if kind == "jdcov" or table.rows.sum() <= PERMUTED_ROWS else "chi-square"
    if method == "chi-square":
        if kind == "jdcov":
            raise OptionError("the χ² test is for ccdcov and dcov; jdcov needs method='permutation'")
        found = measures.single(kind, {})
        effective = 1 / float(table.weight_sq.sum())
        p_value = None if found.dcor_sq is None else chi_square_p_value(found.dcor_sq, effective)
        return IndependenceTest(kind=kind, p_value=p_value, method=method, dcor_sq=found.dcor_sq, why=found.why)
    if method != "permutation":
        raise OptionError(f"method '{method}' is unknown; choose one of auto, permutation, chi-square")
    if whole(permutations, "permutations") < 1:
        raise OptionError(f"permutations is {permutations}; at least 1 is needed")
    points = grid(table.value, table.weight)
    views = [view for view in measures.views(points) if kind in view.statistics]
    rng = Stream.INDEPENDENCE_TEST.generator(seed)
    null = null_distributions(table, points.index, measures.blocks.cell, views, permutations, rng)[kind]
    return IndependenceTest(
        kind=kind,
        p_value=null.counted,
        method=method,
        permutations=permutations,
        dcor_sq=None if kind == "jdcov" else measures.single(kind, {}).dcor_sq,
    )


def encoded(protected: object, weight: ArrayLike | None, scale: Scale) -> tuple[Cells, Floats]:
    """The attributes of a data frame, encoded, and the weights as shares, shape (n,)."""
    from fairaudit.data.sources import from_frame
    from fairaudit.data.table import role_table

    one_of(scale, "scale", SCALES)
    frame = from_frame(protected).frame
    size = len(frame)
    names = tuple(str(name) for name in frame.columns)
    measured = max(names, key=len) + "'"  # a name that no column has
    table = role_table(
        frame.assign(**{measured: np.zeros(size)}), Roles(prediction=measured, protected=tuple(map(Protected, names)))
    )
    shares = np.ones(size) if weight is None else _numbers(weight, "weight")
    if shares.shape != (size,) or not np.isfinite(shares).all() or shares.min() < 0 or shares.sum() <= 0:
        raise RoleError(f"weight must hold {size} finite numbers that are not negative and not all 0")
    return cells(table.protected, table.specs, shares, scale), shares / shares.sum()


def _check_kind(kind: object) -> None:
    if not isinstance(kind, str):
        raise OptionError(f"kind is {kind!r}; text is needed, such as 'ccdcov' or 'dcov:NAME'")


def _numbers(values: ArrayLike, what: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RoleError(f"{what} must hold numbers: {error}") from None


def _strata(strata: ArrayLike | None, size: int) -> Ints | None:
    """Codes of the strata, -1 where there is no value."""
    if strata is None:
        return None
    import pandas as pd

    codes = pd.factorize(np.asarray(strata))[0]
    if codes.shape != (size,) or not (codes >= 0).any():
        raise RoleError(f"strata must hold {size} values, not all of them missing")
    return codes.astype(np.intp)


def _measures(
    prediction: ArrayLike,
    protected: object,
    kind: Kind,
    weight: ArrayLike | None,
    scale: Scale,
    joint: bool,
    exact: bool,
) -> tuple[DependenceMeasures, Kind]:
    _check_kind(kind)
    attributes, share = encoded(protected, weight, scale)
    values = _numbers(prediction, "prediction")
    if values.shape != share.shape or not np.isfinite(values).all():
        raise RoleError(f"prediction must hold {len(share)} finite numbers")
    kind = resolve(kind, [attribute.name for attribute in attributes.attributes])
    known = ("ccdcov", "jdcov") if joint else ("ccdcov",)
    if kind not in known and not kind.startswith("dcov:"):
        raise OptionError(f"'{kind}' is not measured here; choose one of {', '.join(known)}, or dcov:NAME")
    table: ScoreTable = score_table(attributes, "regression", prediction=values, weight=share * len(share))
    return dependence_measures(table, exact), kind
