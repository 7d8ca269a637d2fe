"""Options that all penalised estimators share, their words and their ranges.

scikit-learn wants the options of an estimator flat, each an argument of its constructor. So they are the fields of a
dataclass that the estimators extend: each is declared, described and checked once.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from inspect import cleandoc

import numpy as np

from fairaudit.errors import OptionError
from fairaudit.models.families import family, kind
from fairaudit.models.features.encoder import Unseen
from fairaudit.models.guides.knowledge import Knowledge
from fairaudit.models.recalibration import check_family
from fairaudit.models.strength.search import STRONGEST
from fairaudit.options import GROUP_WEIGHTS, RECALIBRATIONS, GroupWeight, one_of, real, whole

GOALS = ("strength", "reduce", "reduce_dcor", "max_loss", "max_deviance")
"""Options of which each says by itself how strong the penalty is to be."""
SEARCHED = GOALS[1:]
"""Those for which a strength is searched."""


@dataclass(eq=False, repr=False)
class ModelOptions:
    """The options that GLM, boosting and network share.

    Args:
        family: distribution of the outcome with its link, one of `families.FAMILIES`, such as ``gaussian``; a number
            may follow its name: ``tweedie:1.3``. ``binomial``, ``ordinal`` and ``multinomial`` models are classifiers,
            for labels of any kind; the others are regressors.
        penalty: ``none``, ``dcov``, ``dcov:NAME``, ``sum``, ``ccdcov`` or ``jdcov``; or, free of the scale of the
            predictions, ``dcor`` (of CCdCov²) or ``dcor:NAME``.
        strength: λ ≥ 0, unit of loss per unit of prediction.
        reduce: per cent of the unpenalised dependence over its noise floor to take away, in (0, 100), as cross-fitting
            estimates it for new rows; λ is then searched and `strength` must be 0.
        max_loss: the other way round: take away all that costs at most so many per cent of what the plain model
            explains over the constant one (mean half deviance), as cross-fitting estimates it; instead of `strength`
            and `reduce`.
        max_deviance: the same in per cent of the plain model's whole mean half deviance; where a model explains little
            of it, 1% of the deviance can be all that it explains.
        reduce_dcor: as `reduce`, but of the dependence per distance standard deviation of the predictions, which is
            dCor² instead of dCov²: pulling all predictions together does not lower it.
        power: p of the Tweedie family, whose variance is μ^p: 1 (Poisson) to 2 (gamma), up to 3; zeros below 2 only.
        group_weight: whether each group counts by its ``size`` in the penalty, as in the papers, or all alike
            (``equal``): joint bands of the attributes, but one of less than 1% of the weight counts less. Aims at the
            largest gap, which is most often one of a small group.
        decision_threshold: t in (0, 1), binomial family: the penalty is then of the decision μ ≥ t, smoothed over a
            width of 0.05, instead of the probability. Aims at gaps in selection rates at that threshold; the objective
            has several minima then, and the path from the plain model leads to one of them.
        recalibrate: ``none``, or for counts and amounts ``isotonic``: predictions are moved, in their order, to what
            rows with such predictions had on average, by isotonic regression on rows that were not fitted on (five
            folds). What is penalised is the prediction before that.
        knowledge: what is known of the importance of the features (`Knowledge`); None: nothing.
        consistency: α ≥ 0, loss per nat, in + α · d(q, p): p is the importance distribution of the features over the
            training rows (see `guides.consistency`), q that of `knowledge`.
        divergence: d, ``kl`` for KL(q‖p), ``reverse-kl``, ``js``, ``balanced``, or for orders ``plackett-luce``; None:
            ``kl`` where the knowledge has weights, else ``plackett-luce``.
        unseen: what to do in prediction with a level, or a missing value, of a kind that the training rows did not
            have: ``error``, or ``mean``: the feature then counts as on average (of trees: as missing).
        random_state: seed of all that is drawn: folds by which `reduce` is judged, and what else a kind of model draws.
    """

    family: str = "binomial"
    penalty: str = "none"
    strength: float = 0.0
    reduce: float | None = None
    max_loss: float | None = None
    _: KW_ONLY
    max_deviance: float | None = None
    reduce_dcor: float | None = None
    power: float = 1.5
    group_weight: GroupWeight = "size"
    decision_threshold: float | None = None
    recalibrate: str = "none"
    knowledge: Knowledge | None = None
    consistency: float = 0.0
    divergence: str | None = None
    unseen: Unseen = "error"
    random_state: int = 0

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Put the words of these options before those of the options of a kind of model."""
        super().__init_subclass__(**kwargs)
        own, shared = cls.__dict__.get("__doc__"), ModelOptions.__doc__
        if own and shared and "Args:\n" in own:
            _, _, words = cleandoc(shared).partition("Args:\n")
            indented = "".join(f"    {line}\n" for line in words.splitlines())
            cls.__doc__ = own.replace("Args:\n", f"Args:\n{indented}", 1)

    def _check_options(self) -> None:
        """Refuse values outside their range, or in contradiction."""
        family(self.family, self.power)
        if whole(self.random_state, "random_state") < 0:
            raise OptionError(f"random_state is {self.random_state}; it is a whole number from 0")
        for name in (*GOALS, "consistency"):
            if getattr(self, name) is not None:
                real(getattr(self, name), name)
        check_size(self, "strength", "consistency")
        for name in ("reduce", "reduce_dcor"):
            if getattr(self, name) is not None and not 0 < getattr(self, name) < 100:
                raise OptionError(
                    f"{name} is {getattr(self, name):g}; it must lie between 0 and 100 per cent, such as 90"
                )
        for name in ("max_loss", "max_deviance"):
            if getattr(self, name) is not None and not 0 <= getattr(self, name) < np.inf:
                raise OptionError(f"{name} is {getattr(self, name):g}; it must be 0 per cent or more, such as 1")
        one_of(self.group_weight, "group_weight", GROUP_WEIGHTS)
        one_of(self.recalibrate, "recalibrate", RECALIBRATIONS)
        if self.recalibrate != "none":
            check_family(kind(self.family))
        self._check_aims()

    def _check_aims(self) -> None:
        """Refuse aims that contradict each other: of penalty, decision and knowledge."""
        asked = [name for name in GOALS if getattr(self, name) is not None and (name != "strength" or self.strength)]
        if self.decision_threshold is not None and (
            kind(self.family).most_classes != 2 or not 0 < self.decision_threshold < 1
        ):
            raise OptionError(
                f"decision_threshold is {self.decision_threshold:g} for the {self.family} family; it is a probability"
                " between 0 and 1, for the binomial family"
            )
        if self.penalty == "none" and asked:
            raise OptionError(f"{asked[0]} needs a penalty, such as penalty='ccdcov'")
        if len(asked) > 1:
            raise OptionError(f"give {asked[0]} or {asked[1]}, not both")
        if self.knowledge is not None and not isinstance(self.knowledge, Knowledge):
            raise OptionError(f"knowledge is {self.knowledge!r}; write knowledge=fairaudit.Knowledge(weights={{...}})")
        if self.consistency and self.knowledge is None:
            raise OptionError("consistency needs knowledge of the factors, such as Knowledge(order=[...])")


def check_size(options: object, *names: str) -> None:
    """Refuse a strength, ridge or the like that is negative, or so large that the loss is lost beside it."""
    for name in names:
        value = getattr(options, name)
        if not 0 <= value <= STRONGEST:
            raise OptionError(f"{name} is {value:g}; it must not be negative, nor above {STRONGEST:g}")


def check_least(options: object, least: int, *names: str) -> None:
    """Refuse a count below the least that makes sense."""
    for name in names:
        if getattr(options, name) < least:
            raise OptionError(f"{name} is {getattr(options, name)}; it must be at least {least}")
