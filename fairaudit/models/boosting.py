"""Gradient boosting with a fairness penalty: LightGBM's trees, the exact penalty over all rows in every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from sklearn.utils.validation import check_is_fitted

from fairaudit.arrays import Floats
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import Attributed
from fairaudit.models.estimator import PenalizedEstimator, Training
from fairaudit.models.features.bins import Bins
from fairaudit.models.features.directions import check_directions, signs
from fairaudit.models.features.inputs import read_features
from fairaudit.models.guides.guidance import ridge_unit
from fairaudit.models.learners.forest import Boosted, Forest, Growth
from fairaudit.models.learners.tree_text import check_trees
from fairaudit.models.learners.trees import MOST_BINS, BoostingProblem, FairOutcome
from fairaudit.models.options import check_least, check_size
from fairaudit.options import one_of, whole

if TYPE_CHECKING:
    import pandas as pd

USUAL_LEAF = 50
"""Rows that a leaf needs by default."""
FEWEST_LEAVES = 20
"""Leaves for which there are rows enough by default, however few rows there are."""
MOST_THREADS = 1024
"""Most threads: OpenMP ends the process where it cannot hold what it needs for each."""


@dataclass(eq=False, repr=False, kw_only=True)
class PenalizedBoosting(PenalizedEstimator):
    r"""Boosted trees that minimise mean loss + λ · dependence of their predictions on protected attributes.

    .. math:: \sum_k \omega_k \, \ell(y_k, \eta_k) + \lambda \, Q(\mu), \qquad \eta = \beta_0 + \text{sum of trees}

    in two phases: trees for the loss alone, then further trees for loss and penalty together, whose gradient is exact
    over all rows. Each of these takes a step that is safe at any λ (see `phase`). At λ = 0 there is the first phase
    only. Loss, penalty and families are those of `PenalizedGLM`.

    The number of rounds of the first phase is chosen by early stopping on rows held out; all rows are then fitted with
    it. The second phase has as many rounds at any λ, and what it stays near to is the model that the first has left:
    its loss is the expected one, were the outcomes distributed as that model says. So nothing further is learned of
    the outcomes, the dependence falls evenly as λ rises, and what the penalty costs is not mixed with what more trees
    would gain.

    A row of weight two is the row twice, up to LightGBM's single-precision gradients, where nothing counts rows: with
    ``n_iter_no_change=None``, ``min_child_samples=1``, ``subsample=1``, ``reg_lambda=0``, categories of at most 3
    levels, and bins of several rows each. (LightGBM smooths categories of more levels by counts; and it guesses counts
    bin by bin from curvatures, rounded, which hides splits near the edge of a leaf whose bins hold a row or two.)

    Args:
        n_estimators: most rounds of the first phase.
        learning_rate: shrinkage of its steps.
        num_leaves: leaves of its trees.
        fair_estimators: rounds of the second phase.
        fair_learning_rate: shrinkage of its steps.
        fair_num_leaves: leaves of its trees.
        fair_outcome: what counts as the outcome in it: ``predicted``, what the first phase says; or ``observed``, from
            which it learns further: that can gain where the first has too few rounds, but models of unlike size are
            then compared.
        min_child_samples: rows of average weight and curvature (of the loss, where the phase begins) that a leaf needs;
            1: none but a 10⁻⁹ of all; None: 50, but at most a twentieth of the rows.
        subsample: share of the rows that each tree of the first phase sees. Below 1, its steps are not held to what all
            rows say.
        colsample_bytree: share of the features that it sees, of two or more at least two: one alone shows no
            interaction.
        reg_lambda: L2 penalty on leaves, in rows of average weight.
        max_bins: most bins of a number.
        monotone_constraints: number → 1 (η may not fall as it rises) or −1. Kept by both phases; not for the
            multinomial family.
        n_iter_no_change: rounds without improvement on the rows held out after which the first phase stops; None: all
            rounds.
        validation_fraction: share of the rows that is held out for that.
        n_jobs: threads; None: LightGBM's choice.

    Attributes:
        intercept_: β₀, or one for each class or threshold.
        classes_: labels, shape (K,); classifiers only.
        strength_: the λ used.
        reduction_: the reduction that cross-fitting estimates, per cent; None where none was asked for.
        least_rows_: rows of average weight and curvature that a leaf needed.
        rounds_: rounds of the phases ``plain`` and ``fair``.
        n_iter_: rounds of both phases.
        converged_: whether the rows held out had the last word on the rounds; True where none were to be held out.
        separated_: whether the fitted probability of every training row's own class is above 0.999.
        message_: what is wrong with the fit; empty if nothing.

    Trees have no gradient by which knowledge could be followed: the gains of splits are multiplied factor by factor,
    and the multipliers follow the importances while the trees grow (see `steering`). Of more than 5,000 rows a sample
    says how large these are.

    A missing number, in an array NaN, goes to the side of each split that lowers the loss more. The same seed and
    number of threads give the same trees.
    """

    n_estimators: int = 1000
    learning_rate: float = 0.05
    num_leaves: int = 4
    fair_estimators: int = 30
    fair_learning_rate: float = 0.1
    fair_num_leaves: int = 8
    fair_outcome: FairOutcome = "predicted"
    min_child_samples: int | None = None
    subsample: float = 1.0
    colsample_bytree: float = 0.6
    reg_lambda: float = 0.0
    max_bins: int = 255
    monotone_constraints: Mapping[str, int] | None = None
    n_iter_no_change: int | None = 30
    validation_fraction: float = 0.15
    n_jobs: int | None = None

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def problem(self, training: Training) -> BoostingProblem:
        """The objective on the training rows, to be solved at any strength."""
        self.bins_ = Bins(self.max_bins, self.unseen).fit(training.features, sample_weight=training.weight)
        codes = self.bins_.transform(training.features)
        monotone = signs(self.monotone_constraints, self.bins_.names_, self.bins_.categorical_)
        self.least_rows_ = self.min_child_samples or max(1, min(USUAL_LEAF, len(codes) // FEWEST_LEAVES))
        settings = {
            "verbose": -1,
            "seed": int(self.random_state),
            "deterministic": True,
            "force_row_wise": True,
            "boost_from_average": False,
            "lambda_l2": float(self.reg_lambda) * ridge_unit(training.family, training.outcome, training.weight),
            "num_threads": self._threads,
            **({"monotone_constraints": monotone} if any(monotone) else {}),
        }
        return BoostingProblem(
            family=training.family,
            codes=codes,
            categorical=self.bins_.categorical_,
            outcome=training.outcome,
            weight=training.weight,
            penalty=training.penalty,
            offset=training.offset,
            plain=Growth(
                self.n_estimators, self.learning_rate, self.num_leaves, self.subsample, self._share_seen(codes)
            ),
            fair=Growth(self.fair_estimators, self.fair_learning_rate, self.fair_num_leaves),
            settings=settings,
            least_rows=self.least_rows_,
            held_share=self.validation_fraction,
            patience=self.n_iter_no_change,
            groups=training.groups,
            seed=int(self.random_state),
            fair_outcome=self.fair_outcome,
            guidance=training.guidance,
        )

    def _share_seen(self, codes: Floats) -> float:
        """Share of the features that a tree sees: at least two of those that vary."""
        known = np.nan_to_num(codes, nan=-1.0)
        varying = int(np.sum((known != known[0]).any(axis=0)))
        return max(self.colsample_bytree, min(1.0, 2 / max(varying, 1)))

    def _keep(self, problem: BoostingProblem, solution: Boosted) -> None:
        self.strength_ = solution.strength
        self.intercept_ = solution.intercept if solution.intercept.ndim else float(solution.intercept)
        self.trees_ = {"plain": solution.plain.text, "fair": solution.fair.text}
        self.rounds_ = {"plain": solution.plain.rounds, "fair": solution.fair.rounds}
        self.endings_ = {"plain": solution.plain.ending, "fair": solution.fair.ending}
        self.n_iter_ = sum(self.rounds_.values())
        self.converged_ = not {"falling", "unjudged"} & set(self.endings_.values())
        family = problem.family  # only classes can be separated, and losses need the trees' sum
        self.separated_ = family.labels and family.separated(problem.losses(solution))

    def _message(self) -> str:
        faults = []
        if self.endings_["plain"] == "falling":
            faults.append(
                f"the loss on the rows held out was least in round {self.rounds_['plain']} of {self.n_estimators}, too"
                " near the last; raise n_estimators"
            )
        if "unjudged" in self.endings_.values():
            faults.append(
                f"too few rows to hold some out, so all {self.n_iter_} rounds were taken; give n_iter_no_change=None if"
                " they are meant"
            )
        if self.endings_["plain"] == "nothing":
            faults.append(
                f"the model is constant: no split leaves {self.least_rows_} rows on both sides; lower min_child_samples"
            )
        elif self.endings_["fair"] == "nothing":
            faults.append(
                f"at strength {self.strength_:g} no tree lowers loss and penalty together, so that the model is the"
                " plain one"
            )
        if self.separated_:
            faults.append(
                "the trees are certain of the class of every training row; look for a feature that holds the outcome"
            )
        return "; ".join([*faults, *self.fruitless_search()])

    @property
    def encoder(self) -> Bins:
        """The bins of the features."""
        return self.bins_

    @property
    def parameters(self) -> int:
        """Leaves of all trees, and intercepts."""
        lines = "\n".join(self.trees_.values()).splitlines()
        leaves = sum(len(line.split()) for line in lines if line.startswith("leaf_value="))
        return int(leaves + np.size(self.intercept_))

    def _forests(self) -> list[Forest]:
        return [Forest(self.trees_[phase], self.rounds_[phase]) for phase in ("plain", "fair")]

    def check_parameters(self) -> None:
        """Trees as text that LightGBM can read without harm, for features that there are."""
        if set(self.trees_) != {"plain", "fair"} or set(self.rounds_) != set(self.trees_):
            raise ValueError("its trees are not those of the two phases")
        for phase, rounds in self.rounds_.items():
            if not isinstance(rounds, int) or rounds < 0:
                raise ValueError(f"it has {rounds} rounds of trees")
            if rounds:
                check_trees(self.trees_[phase], len(self.bins_.names_), self._columns())

    def _predictors(self, features: pd.DataFrame, offset: Floats | None) -> Floats:
        codes, columns = self.bins_.transform(features), self._columns()
        plain, fair = (forest.predict(codes, columns, self._threads) for forest in self._forests())
        return self.distribution.linear(plain + fair, np.asarray(self.intercept_), offset)

    @property
    def _threads(self) -> int:
        return max(int(self.n_jobs or 0), 0)

    def _columns(self) -> int:
        return self.distribution.columns

    def attributed(self, X: object) -> Attributed:
        """Attributions by TreeSHAP, exact: Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9."""
        check_is_fitted(self, "strength_")
        codes = self.bins_.transform(read_features(self, X, reset=False))
        forests = [forest for forest in self._forests() if forest.rounds] or self._forests()[:1]
        first, *others = (forest.contributions(codes, self._columns(), self._threads) for forest in forests)
        return Attributed(sum(others, first), "TreeSHAP")

    def _check_options(self) -> None:
        super()._check_options()
        check_least(self, 1, "n_estimators", "fair_estimators")
        if self.min_child_samples is not None:
            check_least(self, 1, "min_child_samples")
        one_of(self.fair_outcome, "fair_outcome", get_args(FairOutcome))
        check_least(self, 2, "num_leaves", "fair_num_leaves", "max_bins")
        check_size(self, "reg_lambda")
        if self.max_bins > MOST_BINS:
            raise OptionError(f"max_bins is {self.max_bins}; it must be at most {MOST_BINS}")
        for name in ("learning_rate", "fair_learning_rate", "subsample", "colsample_bytree"):
            if not 0 < getattr(self, name) <= 1:
                raise OptionError(f"{name} is {getattr(self, name)}; it must lie above 0, and not above 1")
        if self.n_jobs is not None and whole(self.n_jobs, "n_jobs") > MOST_THREADS:
            raise OptionError(f"n_jobs is {self.n_jobs}; it must be at most {MOST_THREADS} threads")
        if not 0 <= self.random_state < 2**31:
            raise OptionError(f"random_state is {self.random_state}; it is a whole number from 0 to 2³¹ − 1")
        check_directions(self.monotone_constraints, self.family)
        if self.n_iter_no_change is not None and (self.n_iter_no_change < 1 or not 0 < self.validation_fraction < 1):
            raise OptionError("n_iter_no_change must be at least 1, and validation_fraction between 0 and 1")
