"""Neural networks fitted with a fairness penalty; torch is needed for fitting, not for predicting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from fairaudit.arrays import Floats, check_numbers
from fairaudit.errors import FairAuditError, FitError, OptionError
from fairaudit.explaining.attribution import Attributed, spread
from fairaudit.models.estimator import PenalizedEstimator, Training
from fairaudit.models.families import kind
from fairaudit.models.features.design import Design
from fairaudit.models.features.inputs import read_features
from fairaudit.models.features.lines import line_weights, lines
from fairaudit.models.learners.decay import GRID, chosen_decay
from fairaudit.models.learners.network_problem import NetworkProblem
from fairaudit.models.learners.perceptron import ACTIVATIONS, NetworkSolution, Schedule, forward
from fairaudit.models.learners.typical import BACKGROUND
from fairaudit.models.objective import Objective
from fairaudit.models.options import check_size

if TYPE_CHECKING:
    import pandas as pd


DEVICES = ("auto", "cpu", "cuda")
SOLVERS = ("lbfgs", "adam")
TRAINED = {"solver": "adam", "weight_decay": 1e-4, "n_knots": 0, "tol": 1e-5}
PUBLISHED: dict[str, dict[str, Any]] = {
    "motor": {
        "hidden": (64, 64, 64),
        "activation": "relu",
        "dropout": 0.2,
        "batch_norm": False,
        "batch_size": 256,
        "learning_rate": 1e-3,
        **TRAINED,
    },
    "compas": {
        "hidden": (64, 64, 64),
        "activation": "relu",
        "dropout": 0.2,
        "batch_norm": True,
        "batch_size": 256,
        "learning_rate": 1e-3,
        **TRAINED,
    },
}
"""Options of networks built as those of Lee, Antonio, Avanzi, Marchi & Zhou (2025, arXiv:2509.08163), for comparison:
`PenalizedNetwork(**PUBLISHED["motor"])`. From their published code: equal layers of ReLU, each followed by dropout, for
claims (Poisson, log link, exposure as factor); with batch normalisation between the two for COMPAS. They chose 2 to 4
layers of 32, 64, 128 or 256, dropout 0.1 to 0.5, batches of 128, 256 or 512 and a learning rate of 0.001 to 0.01 by
Bayesian optimisation; what was chosen is not printed there, so the numbers here are the defaults of their code for
motor, and those of motor for COMPAS. They train by AdaHessian on the unbiased measure of each batch, not by Adam."""


@dataclass(eq=False, repr=False, kw_only=True)
class PenalizedNetwork(PenalizedEstimator):
    r"""A feed-forward network that minimises mean loss + λ · dependence of its predictions on protected attributes.

    .. math:: \sum_k \omega_k \, \ell(y_k, \eta_k) + \lambda \, Q(\mu) + \tfrac12 r \, L_0 \lVert W \rVert^2,
        \qquad \eta = \beta_0 + \text{network}(x), \; \mu = \text{inverse link of } \eta

    The losses, what the penalty sees, exposure, offset and weights are those of `PenalizedGLM`; features enter as its
    columns do: centred and scaled, splines for numbers, one-hots for categories. For the ordinal family the network
    gives one number a row, to which the thresholds are added (proportional odds). Needs the extra ``torch`` for
    fitting; a fitted model holds NumPy arrays, and predicts and loads without it.

    In a guided fit p comes from expected gradients of some rows (see `training`). On one machine's processor the same
    seed gives the same model.

    What keeps the network from following the noise is `weight_decay`. The solver ``lbfgs`` minimises the objective of
    all rows to its end: Q is exact, and a row of weight two is the row twice up to rounding. A penalised or guided fit
    starts from the plain one. The loss is not convex: what is found is a local minimum, and another `random_state`
    finds another.

    The solver ``adam`` is for `dropout` and for mini-batches (`batch_size`), in which the dependence is estimated from
    the pairs of rows within each batch, with the weights and the coupling of all rows, without bias; a row of weight
    two and the row twice then fall into other batches. It stops by a *criterion*: the mean loss of a held-out share of
    the training rows + λ · the dependence of the rows fitted on (that of the few rows held out would be mostly chance);
    the objective itself where none are held out. The parameters with the best criterion are kept.

    Args:
        hidden: widths of the hidden layers; empty: a GLM.
        activation: ``relu``, ``silu`` or ``tanh``.
        n_knots: quantiles at which a number's spline has its knots; fewer than 4, such as 0: the number as it is.
        solver: ``lbfgs`` or ``adam``.
        dropout: share of each hidden layer that is left out at random in each training step, in [0, 1); adam only.
        batch_norm: whether to normalise each hidden layer, after its activation, by the weighted moments of the batch;
            in prediction by those of all rows fitted on.
        learning_rate: of Adam, > 0.
        weight_decay: ``auto``, or r ≥ 0 on the weights (not on intercepts and biases), relative to L₀, what the
            constant model loses (half its deviance); under the identity link those of the last layer are in units of
            the outcome's standard deviation. So no unit of the outcome matters. ``auto`` takes the one of least loss on
            rows held out, in three folds of at most 2,000 training rows, scaled to all of them and not below 0.01 (see
            `learners.decay`): with few rows a network follows their noise, or is the constant model, unless its decay
            is right.
        epochs: most steps of L-BFGS, or passes of Adam over the rows.
        patience: epochs without progress of the criterion after which Adam's learning rate falls to a tenth, and at the
            second time training ends.
        tol: what counts as progress: of one step of L-BFGS, relative to the objective or to L₀, whichever is larger
            (ten times that of another start where it stopped); of `patience` epochs of Adam, relative to the mean loss
            of the constant model.
        batch_size: rows of a mini-batch, ≥ 2; None: all rows at once; adam only.
        validation_fraction: share of the training rows held out to judge when Adam is to stop, in [0, 1); rows that are
            alike, or of one group, stay together. None are held out where they would be fewer than 10.
        device: ``auto`` (a GPU where there is one), ``cpu`` or ``cuda``. Always in double precision.

    Attributes:
        weights_: of each layer, shapes (in, out), normalisation included.
        biases_: of each layer, shapes (out,).
        intercept_: β₀; of each class, shape (K,); of reaching each level but the lowest, decreasing, shape (K−1,).
        design_: the `Design` that makes the columns.
        background_: columns of the training rows from which attributions start, shape (64, p): typical ones,
            whose means are nearly those of all; not kept in files.
        classes_: labels, shape (K,); classifiers only.
        weight_decay_: the r used.
        strength_: the λ used.
        reduction_: the reduction that cross-fitting estimates, per cent; None where none was asked for.
        n_iter_: epochs of the last fit.
        converged_: whether the criterion stalled before the epochs were used up.
        separated_: whether the fitted probability of every training row's own class is above 0.999.
        message_: what is wrong with the fit, in words; empty if nothing.
        feature_names_in_: names of the features, if X was a data frame.
    """

    hidden: Sequence[int] = (64, 32)
    activation: str = "silu"
    n_knots: int = 6
    solver: str = "lbfgs"
    dropout: float = 0.0
    batch_norm: bool = False
    learning_rate: float = 0.02
    weight_decay: float | Literal["auto"] = "auto"
    epochs: int = 1000
    patience: int = 20
    tol: float = 1e-6
    batch_size: int | None = None
    validation_fraction: float = 0.1
    device: str = "auto"

    def problem(self, training: Training) -> NetworkProblem:
        """The objective on the training rows, to be solved at any strength."""
        need_torch("fitted")
        line = lines(training)
        first = np.unique(line, return_index=True)[1]
        self.design_ = Design(n_knots=self.n_knots, unseen=self.unseen)
        columns = self.design_.fit_transform(
            training.features.iloc[first], sample_weight=line_weights(line, training.mass)
        )
        problem = NetworkProblem(
            family=training.family,
            matrix=columns[line],
            outcome=training.outcome,
            weight=training.weight,
            penalty=training.penalty,
            training=self._schedule(),
            offset=training.offset,
            units=training.groups,
            guidance=training.guidance,
            share=self.design_.share_,
            line=line,
            mass=training.mass,
        )
        auto = self.weight_decay == "auto"
        self.weight_decay_ = chosen_decay(problem, self.random_state) if auto else float(self.weight_decay)
        weaker = tuple(decay for decay in GRID if decay < self.weight_decay_) if auto else ()
        return replace(problem.decaying(self.weight_decay_), approach=weaker)

    def _solve(self, problem: Objective[Any], strength: float) -> Any:
        return problem.solve(strength)

    def _keep(self, problem: NetworkProblem, solution: NetworkSolution) -> None:
        self.strength_ = solution.strength
        self.weights_, self.biases_ = solution.plain()
        self.intercept_ = solution.intercept if solution.intercept.ndim else float(solution.intercept)
        self.n_iter_ = solution.iterations
        self.converged_ = solution.converged
        self.separated_ = problem.family.separated(problem.losses(solution))
        self.background_ = problem.typical(solution, BACKGROUND)

    def _schedule(self) -> Schedule:
        return Schedule(
            solver=self.solver,
            hidden=tuple(int(width) for width in self.hidden),
            activation=self.activation,
            dropout=float(self.dropout),
            batch_norm=bool(self.batch_norm),
            learning_rate=float(self.learning_rate),
            weight_decay=0.0 if self.weight_decay == "auto" else float(self.weight_decay),
            epochs=int(self.epochs),
            patience=int(self.patience),
            tol=float(self.tol),
            batch_size=self.batch_size,
            validation_fraction=float(self.validation_fraction),
            device=self.device,
            seed=int(self.random_state),
        )

    @property
    def encoder(self) -> Design:
        """The design of the features."""
        return self.design_

    @property
    def parameters(self) -> int:
        """Weights, biases and intercepts."""
        return int(sum(part.size for part in (*self.weights_, *self.biases_)) + np.size(self.intercept_))

    def check_parameters(self) -> None:
        """One matrix of weights and one row of biases for each layer, each as wide as the next is deep."""
        last = len(self.classes_) if kind(self.family).several else 1
        widths = [len(self.design_.mean_), *map(int, self.hidden), last]
        if not len(self.weights_) == len(self.biases_) == len(widths) - 1:
            raise ValueError(f"it has {len(self.weights_)} layers of weights, and {len(self.biases_)} of biases")
        for weight, bias, width, following in zip(self.weights_, self.biases_, widths[:-1], widths[1:], strict=True):
            check_numbers("its weights", weight, (width, following))
            check_numbers("its biases", bias, (following,))

    def _predictors(self, features: pd.DataFrame, offset: Floats | None) -> Floats:
        location = forward(self.design_.transform(features), self.weights_, self.biases_, self.activation)
        return self.distribution.linear(location, np.asarray(self.intercept_), offset)

    def attributed(self, X: object) -> Attributed:
        r"""Attributions by expected gradients: integrated along straight paths, on average over the background.

        .. math:: \phi_j(x) = \sum_{c \in j} \mathbb{E}_{x'} \int_0^1 (x - x')_c \,
            \partial_c \eta \bigl( x' + t (x - x') \bigr) \, dt

        x the encoded columns, x' one of the rows `background_` (see `path_gradients.expected_gradients`). The sum over
        a row is η(x) − mean η(x') up to the rounding of the quadrature for ``silu`` and ``tanh``, and up to some
        thousandths of the range of η for ``relu``; this remainder is spread over the features in proportion to |φ|.
        Needs the extra ``torch``.

        Source: Erion et al. (2021), doi:10.1038/s42256-021-00343-9.
        """
        check_is_fitted(self, "strength_")
        if not hasattr(self, "background_"):
            raise FitError(
                "a network from a file has no attributions: they start from training rows, which no file keeps; fit it"
                " again"
            )
        need_torch("attributed")
        from fairaudit.models.learners.path_gradients import attributions

        matrix = self.design_.transform(read_features(self, X, reset=False))
        columns, lacking = attributions(
            self.weights_, self.biases_, self.activation, matrix, self.background_, self.device
        )
        values = np.einsum("nc...,cj->nj...", columns, self.design_.share_)
        return spread(values, lacking, "expected gradients")

    def _message(self) -> str:
        faults = []
        if not self.converged_:
            faults.append(f"the criterion of training still fell after {self.n_iter_} epochs; raise epochs or tol")
        if self.separated_:
            faults.append(
                "the network is certain of the class of every training row; look for a feature that holds the outcome,"
                " or raise weight_decay"
            )
        return "; ".join(faults)

    def _check_options(self) -> None:
        super()._check_options()
        widths = list(self.hidden)
        if any(width < 1 or width != int(width) for width in widths):
            raise OptionError(f"hidden is {tuple(widths)}; widths of layers are whole numbers from 1, such as (64, 32)")
        if self.activation not in ACTIVATIONS:
            raise OptionError(f"activation '{self.activation}' is unknown; choose one of {', '.join(ACTIVATIONS)}")
        for name in ("dropout", "validation_fraction"):
            if not 0 <= getattr(self, name) < 1:
                raise OptionError(f"{name} is {getattr(self, name):g}; it is a share, from 0 to below 1")
        if self.solver not in SOLVERS:
            raise OptionError(f"solver '{self.solver}' is unknown; choose one of {', '.join(SOLVERS)}")
        for name, value in (("dropout", self.dropout), ("batch_size", self.batch_size)):
            if value and self.solver != "adam":
                raise OptionError(f"{name} is {value:g}, which makes each step random; it needs solver='adam'")
        if not 0 < self.learning_rate < np.inf:
            raise OptionError(f"learning_rate is {self.learning_rate:g}; it must be positive, such as 0.02")
        if not isinstance(self.weight_decay, str):
            check_size(self, "weight_decay")
        elif self.weight_decay != "auto":
            raise OptionError(f"weight_decay is '{self.weight_decay}'; give a number from 0, or 'auto'")
        if self.epochs < 1 or self.patience < 1 or not 0 < self.tol < 1:
            raise OptionError("epochs and patience must be at least 1, and tol between 0 and 1")
        if self.batch_size is not None and (self.batch_size < 2 or self.batch_size != int(self.batch_size)):
            raise OptionError(f"batch_size is {self.batch_size}; it is a whole number from 2, or None for all rows")
        if self.device not in DEVICES:
            raise OptionError(f"device '{self.device}' is unknown; choose one of {', '.join(DEVICES)}")


def need_torch(what: str) -> None:
    """Refuse to go on without the extra."""
    if find_spec("torch") is None:
        raise FairAuditError(f"PenalizedNetwork needs torch to be {what}; install it with: python -m pip install torch")
