"""How a model is fitted: options, and which family fits a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairaudit.data.roles import TASKS
from fairaudit.errors import OptionError
from fairaudit.models import families, settings
from fairaudit.models.guides.knowledge import Knowledge
from fairaudit.models.options import GOALS
from fairaudit.models.recalibration import check_family
from fairaudit.models.strength.search import STRONGEST
from fairaudit.options import (
    DIVERGENCES,
    GROUP_WEIGHTS,
    MODELS,
    PENALIZED,
    RECALIBRATIONS,
    GroupWeight,
    Penalized,
    one_of,
    real,
)


def family_for(task: str, asked: str | None) -> str:
    """The family fitted for a task: the one asked for, or the usual one."""
    able = families.of_task(task)
    if not able:
        fitted = [other for other in TASKS if families.of_task(other)]
        raise OptionError(f"a model of task {task} cannot be fitted yet; tasks are: {', '.join(fitted)}")
    if asked is not None and families.kind(asked).name not in able:
        raise OptionError(f"family {asked} does not fit the task {task}; choose one of {', '.join(able)}")
    return asked or able[0]


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted and held to account."""

    penalty: str = "ccdcov"
    """``none``, ``dcov``, ``dcov:NAME``, ``sum``, ``ccdcov`` or ``jdcov``; or, free of the scale of the predictions,
    ``dcor`` (of CCdCov²) or ``dcor:NAME``."""
    strength: float | None = None
    """λ ≥ 0. None: searched for `reduce`."""
    reduce: float | None = None
    """Per cent of the unpenalised dependence over its noise floor to take away, as cross-fitting on the training rows
    estimates it for new rows. None without a strength: 90."""
    reduce_dcor: float | None = None
    """The same of the dependence per distance standard deviation of the predictions: dCor² instead of dCov², which
    pulling all predictions together does not lower. Instead of `reduce`."""
    max_loss: float | None = None
    """The other side: take away all the dependence that costs at most so many per cent of what the plain model explains
    over the constant one (mean half deviance), as cross-fitting estimates it. Instead of `strength` and `reduce`."""
    max_deviance: float | None = None
    """The same in per cent of the plain model's whole mean half deviance."""
    test_size: float = 0.3
    """Share of the rows that is held out."""
    model: str = "glm"
    """Kind of model: ``glm``, ``boosting`` or ``network`` (needs PyTorch)."""
    family: str | None = None
    """Distribution of the outcome: ``gaussian``, ``poisson``, ``gamma`` or ``tweedie`` for a regression (amounts),
    ``poisson`` or ``tweedie`` for counts. None: the usual one of the task."""
    power: float = 1.5
    """Variance as a power of the mean, of the Tweedie family, from 1 to 3."""
    group_weight: GroupWeight = "size"
    """Whether groups count by their ``size`` in the penalty, or all alike (``equal``): that aims at the largest gap."""
    penalize: Penalized = "prediction"
    """What the penalty is of: the ``prediction``, or (binary tasks) the ``decision`` at the threshold, smoothed."""
    recalibrate: str = "none"
    """``none``, or for counts and amounts ``isotonic``: predictions are moved, in their order, to what rows with such
    predictions had on average, cross-fitted on the training rows; the penalty is of the prediction before that."""
    knowledge: Knowledge | str | None = None
    """What is known of the importance of the features, or ``pool``: what models of other kinds say of them,
    cross-fitted on the training rows; ``pool:KIND,KIND`` names the kinds. None: the model is not guided."""
    consistency_strength: float | None = None
    """α ≥ 0 in + α · d(q, p), loss per nat. None: the mean loss of the constant model; a fiftieth
    of it for ``plackett-luce``."""
    divergence: str | None = None
    """d: ``kl``, ``reverse-kl``, ``js``, ``balanced`` or ``plackett-luce``. None: ``kl`` where the knowledge has
    weights, else ``plackett-luce``."""
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    """Settings of the kind of model: name → value, such as ``{"ridge": 0.01, "knots": 4}``; `models.settings` lists
    them. What is not set has the default of the estimator."""

    def __post_init__(self) -> None:
        """Refuse values outside their range, or in contradiction."""
        for name in ("test_size", *GOALS):
            if getattr(self, name) is not None:
                real(getattr(self, name), name.replace("_", "-"))
        if not isinstance(self.penalty, str):
            raise OptionError(f"penalty is {self.penalty!r}; text is needed, such as 'ccdcov'")
        if not 0 < self.test_size < 1:
            raise OptionError(f"test-size is {self.test_size:g}; it must lie between 0 and 1, such as 0.3")
        asked = [name for name in GOALS if getattr(self, name) is not None]
        if len(asked) > 1:
            names = [f"--{name.replace('_', '-')}" for name in asked]
            raise OptionError(f"give {names[0]} or {names[1]}, not both: each says how strong the penalty is to be")
        if self.strength is not None and not 0 <= self.strength <= STRONGEST:
            raise OptionError(f"strength is {self.strength:g}; it must be 0 or more, and at most {STRONGEST:g}")
        for name, percent in (("reduce", self.reduce), ("reduce-dcor", self.reduce_dcor)):
            if percent is not None and not 0 < percent < 100:
                raise OptionError(f"{name} is {percent:g}; it must lie between 0 and 100 per cent, such as 90")
        for name, percent in (("max-loss", self.max_loss), ("max-deviance", self.max_deviance)):
            if percent is not None and not 0 <= percent < np.inf:
                raise OptionError(f"{name} is {percent:g}; it must be 0 per cent or more, such as 1")
        if self.penalty == "none" and (self.strength or asked not in ([], ["strength"])):
            raise OptionError("penalty none takes no --strength or goal such as --reduce; choose one such as ccdcov")
        if self.family is not None:
            families.family(self.family, self.power)
        if real(self.power, "power") != FitOptions.power and self.family != "tweedie":
            raise OptionError(f"power is {self.power:g}, and only the family tweedie has one; add --family tweedie")
        one_of(self.group_weight, "group-weight", GROUP_WEIGHTS)
        one_of(self.penalize, "penalize", PENALIZED)
        one_of(self.recalibrate, "recalibrate", RECALIBRATIONS)
        self._check_knowledge()
        if self.model not in MODELS:
            raise OptionError(f"model '{self.model}' is unknown; choose one of {', '.join(MODELS)}")
        if not isinstance(self.settings, Mapping):
            raise OptionError(f"settings are {self.settings!r}; a table of names and values is needed")
        object.__setattr__(self, "settings", settings.checked(self.model, self.settings))

    def _check_knowledge(self) -> None:
        known, strength = self.knowledge, self.consistency_strength
        if known is not None and not isinstance(known, (Knowledge, str)):
            raise OptionError(f"knowledge is {known!r}; write fairaudit.Knowledge(weights={{...}}), or 'pool'")
        if known is None and (strength is not None or self.divergence is not None):
            name = "divergence" if strength is None else "consistency-strength"
            raise OptionError(f"{name} needs knowledge of the factors, such as --knowledge FILE or --knowledge pool")
        if strength is not None and not 0 <= real(strength, "consistency-strength") <= STRONGEST:
            raise OptionError(f"consistency-strength is {strength:g}; it must be 0 or more, and at most {STRONGEST:g}")
        if self.divergence is not None:
            one_of(self.divergence, "divergence", DIVERGENCES)

    def guidance_options(self) -> dict[str, Any]:
        """How the estimators are told of the knowledge, once it is at hand."""
        if not isinstance(self.knowledge, Knowledge):
            return {}
        strength = self.consistency_strength or 0.0
        return {"knowledge": self.knowledge, "consistency": strength, "divergence": self.divergence}

    def arguments(self) -> dict[str, Any]:
        """The options that are set, as the manifest holds them."""
        held = {name: value for name, value in vars(self).items() if value is not None and name != "settings"}
        known = {"knowledge": str(self.knowledge)} if self.knowledge is not None else {}
        return {**held, **known, **{name: settings.shown(value) for name, value in self.settings.items()}}

    def model_options(self) -> dict[str, Any]:
        """The settings as arguments of the estimator."""
        return settings.arguments(self.model, self.settings)

    def strength_options(self) -> dict[str, float | None]:
        """How the estimators are told the strength."""
        goals = {name: getattr(self, name) for name in GOALS}
        if all(value is None for value in goals.values()):
            goals["reduce"] = 90.0
        return {**goals, "strength": self.strength or 0.0}


def check_task(fitting: FitOptions, task: str) -> None:
    """Refuse options that do not fit a kind of outcome."""
    family = family_for(task, fitting.family)
    if fitting.recalibrate != "none":
        check_family(families.kind(family))
    if fitting.penalize == "decision" and task != "binary":
        raise OptionError(f"penalize decision is for binary outcomes; the task is {task}")
    if fitting.penalty == "none" and (fitting.group_weight, fitting.penalize) != ("size", "prediction"):
        raise OptionError("group-weight and penalize are of the penalty, and it is none; choose one such as ccdcov")
