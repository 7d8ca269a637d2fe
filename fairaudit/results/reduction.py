"""What a penalty took away: how much, how sure that is, and how much of it is shrinkage."""

from __future__ import annotations

from fairaudit.results.values import Interval, Result


class Reduction(Result, frozen=True, kw_only=True):
    """How much less dependence a fairer model shows than the plain one, on the same held-out rows.

    A dependence measure of degree one falls where all predictions are pulled towards their mean, without anybody being
    more equal. So its logarithm splits exactly: `total` = `decorrelation` + `shrinkage`. Of dCov² and CCdCov² the first
    is the change of ln dCor²; of a sum of dCov², and of JdCov², that of the measure per distance standard deviation,
    which is no correlation but as free of the predictions' scale: a sum of dCor² weighted by the deviations of the
    attributes, and mutual dependence.
    """

    measure: str
    """`ccdcov`, `jdcov`, `dcov`, `sum`, or `within_strata` for what is penalised within strata."""
    by: list[str]
    """The attributes."""
    penalised: bool
    """Whether the penalty is of this, or of this per distance standard deviation."""
    plain: float | None
    """The plain model's measure over its noise floor."""
    fair: float | None
    """The fairer model's."""
    percent: float | None = None
    """Per cent taken away, 100 (1 − `fair` / `plain`); below 0: added. None where the plain model shows nothing."""
    interval: Interval | None = None
    """Interval of `percent` by Fieller's theorem from the held-out rows, the models as they are. None where it is
    unbounded: the plain model's dependence is not clear of chance, and nothing can be said of its reduction."""
    dcor_percent: float | None = None
    """The same of the measure per distance standard deviation of the predictions: of dCor² in place of dCov²."""
    dcor_interval: Interval | None = None
    """Interval of `dcor_percent`, the standard deviations as they are."""
    spread: float | None = None
    """Distance standard deviation of the fairer model's predictions over that of the plain one's: 1 is no shrinkage."""
    total: float | None = None
    """ln(`fair` / `plain`); below 0: taken away. None where one of them is 0 or less."""
    decorrelation: float | None = None
    """Part of `total` that is less correlation: ln of the ratio of dCor²."""
    shrinkage: float | None = None
    """Part of `total` that is less spread: half ln of the ratio of dVar²."""
    why: str | None = None
    """Why a number is missing."""
