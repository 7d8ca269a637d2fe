"""From a score to a decision: the cut that is asked for, and the one that the data make of it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Literal

from fairaudit.errors import OptionError

if TYPE_CHECKING:
    from fairaudit.arrays import Flags, Floats

Side = Literal[">=", ">", "<=", "<"]
Rule = Literal["number", "median", "top", "top-share", "cost"]

FORMS = "0.5, '>0.5', '<620', median, top=100, top=10% or cost=1:5"
"""What a threshold may be, for messages and help."""
_NUMBER = re.compile(r"(>=|<=|>|<)?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_TOP = re.compile(r"top\s*[=:]\s*(\d+\.?\d*|\.\d+)\s*(%?)")
_COST = re.compile(r"cost\s*=\s*(\d+\.?\d*|\.\d+)\s*:\s*(\d+\.?\d*|\.\d+)")


@dataclass(frozen=True)
class Threshold:
    """Which predictions are decided yes."""

    rule: Rule
    """`number`: a cut that was named; `median`: above the median of the predictions, strictly; `top`: so many highest
    ones; `top-share`: such a share of them; `cost`: probabilities from which a yes is expected to cost no more than a
    no."""
    value: float
    """The cut, the number of places, or the share in (0, 1]; 0 for the median."""
    side: Side = ">="
    """How a prediction stands to the cut where the decision is yes."""
    costs: tuple[float, float] | None = None
    """What a wrong yes and a wrong no cost; None where the cut does not follow from costs."""

    @classmethod
    def parse(cls, given: float | str) -> Threshold:
        """The threshold that a number or a text says.

        Raises:
            OptionError: it says none; with the forms that there are.
        """
        if isinstance(given, Real) and not isinstance(given, bool):
            return cls._finite(float(given), ">=")
        if not isinstance(given, str):
            raise OptionError(f"threshold is {given!r}; a number or text is needed, such as {FORMS}")
        text = given.strip()
        if text == "median":
            return cls("median", 0.0, ">")
        if cost := _COST.fullmatch(text):
            return cls._least_cost(float(cost[1]), float(cost[2]), text)
        if top := _TOP.fullmatch(text):
            return cls._top(float(top[1]), bool(top[2]), text)
        if number := _NUMBER.fullmatch(text):
            sides: dict[str | None, Side] = {None: ">=", ">=": ">=", ">": ">", "<=": "<=", "<": "<"}
            return cls._finite(float(number[2]), sides[number[1]])
        if text.lstrip("+-").lower() in ("nan", "inf", "infinity"):
            return cls._finite(float(text), ">=")
        raise OptionError(f"threshold is '{given}'; write it as {FORMS}")

    @classmethod
    def _finite(cls, value: float, side: Side) -> Threshold:
        if not math.isfinite(value):
            raise OptionError(f"the threshold is {value:g}; a finite number is needed")
        return cls("number", value, side)

    @classmethod
    def _top(cls, value: float, share: bool, text: str) -> Threshold:
        if share and not 0 < value <= 100:
            raise OptionError(f"threshold is '{text}'; a share above 0% and up to 100% is needed")
        if not share and (value < 1 or value != int(value)):
            raise OptionError(
                f"threshold is '{text}'; a whole number of places from 1 on is needed, or a share: top=10%"
            )
        return cls("top-share", value / 100) if share else cls("top", value)

    @classmethod
    def _least_cost(cls, wrong_yes: float, wrong_no: float, text: str) -> Threshold:
        r"""The cut of least expected cost: a yes at probability p costs :math:`c_{FP} (1 - p)`, a no :math:`c_{FN} p`,
        so yes is no dearer from :math:`p = c_{FP} / (c_{FP} + c_{FN})` on (Elkan 2001)."""
        if not (0 < wrong_yes < math.inf and 0 < wrong_no < math.inf):
            raise OptionError(
                f"threshold is '{text}'; the costs of a wrong yes and a wrong no are numbers above 0: cost=1:5"
            )
        return cls("cost", wrong_yes / (wrong_yes + wrong_no), costs=(wrong_yes, wrong_no))

    @property
    def fixed(self) -> bool:
        """Whether the cut is the same number whatever the predictions are."""
        return self.rule in ("number", "cost")

    def refuse_unfit(self, task: str, prediction: Floats | None = None) -> None:
        """Refuse costs of wrong decisions where nothing is a probability of yes.

        Args:
            task: kind of outcome.
            prediction: what is cut, shape (n,); None: it is not known yet.
        """
        if self.costs is None:
            return
        text = f"threshold cost={self.costs[0]:g}:{self.costs[1]:g} weighs wrong decisions by probabilities"
        if task != "binary":
            raise OptionError(f"{text} of a yes/no outcome, and the task is {task}; name a number instead")
        if prediction is not None and not (prediction.min() >= 0 and prediction.max() <= 1):
            raise OptionError(
                f"{text}, and the predictions run from {prediction.min():.6g} to {prediction.max():.6g}; calibrate the"
                " score first, or name a number on its scale"
            )

    def cost_note(self) -> list[str]:
        """The note that a cut follows from costs, where it does."""
        if self.costs is None:
            return []
        return [
            f"A wrong yes costs {self.costs[0]:g} and a wrong no {self.costs[1]:g}, so a probability of at least"
            f" {self.value:.4g} counts as yes: from there on a yes is expected to cost no more than a no, as far as the"
            " probabilities are right."
        ]

    @property
    def below(self) -> bool:
        """Whether low predictions are decided yes."""
        return self.side in ("<", "<=")

    def cut(self, prediction: Floats, weight: Floats | None = None, count: Floats | None = None) -> float:
        """The number that predictions are held against.

        The median of n sorted predictions is the middle one, or the mean of the two in the middle; with weights the
        smallest prediction up to which half of the weight lies (or its mean with the next, where that is exactly half).
        The cut of the k highest is the k-th highest prediction, so that all who tie with it are decided yes as well.

        Args:
            prediction: shape (n,), finite.
            weight: weights of the rows, shape (n,); None: all equal.
            count: how many people each row stands for, shape (n,); None: one.

        Raises:
            OptionError: more places than rows are asked for.
        """
        import numpy as np

        if self.fixed:
            return self.value
        people = np.ones(len(prediction)) if count is None else count
        mass = people if weight is None else weight * people
        order = np.argsort(prediction, kind="stable")
        if self.rule == "median":
            below = np.cumsum(mass[order])
            place = int(np.searchsorted(below, below[-1] / 2))
            exactly_half = below[place] == below[-1] / 2 and place + 1 < len(order)
            return float(np.mean(prediction[order[place : place + 1 + exactly_half]]))
        if self.rule == "top" and self.value > people.sum():
            raise OptionError(
                f"threshold top={self.value:g} asks for more places than there are rows, {people.sum():.0f}"
            )
        above = np.cumsum((people if self.rule == "top" else mass)[order[::-1]])
        asked = self.value if self.rule == "top" else self.value * above[-1]
        place = int(np.searchsorted(above, asked * (1 - 1e-12)))
        return float(prediction[order[::-1][min(place, len(order) - 1)]])

    def decided(self, prediction: Floats, weight: Floats | None = None, count: Floats | None = None) -> Floats:
        """1 where the decision is yes, else 0, shape (n,); see `cut`."""
        return self._beyond(prediction, self.cut(prediction, weight, count)).astype(float)

    def _beyond(self, prediction: Floats, cut: float) -> Flags:
        import numpy as np

        compare = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}[self.side]
        beyond: Flags = compare(prediction, cut)
        return beyond

    def notes(self, prediction: Floats, weight: Floats | None = None, count: Floats | None = None) -> list[str]:
        """What a careful reader must know: the cut that follows from the data, and one that parts hardly anybody."""
        import numpy as np

        cut = self.cut(prediction, weight, count)
        people = np.ones(len(prediction)) if count is None else count
        yes = self._beyond(prediction, cut) * people
        low, high, selected = float(prediction.min()), float(prediction.max()), float(yes.sum() / people.sum())
        notes = self.cost_note()
        if not self.fixed:
            asked = {
                "median": "the median of the predictions",
                "top": f"the {self.value:g} highest predictions",
                "top-share": f"the highest {100 * self.value:g}% of the predictions",
            }[self.rule]
            tied = int(people[prediction == cut].sum())
            beyond = "lie above it" if self.side == ">" else "reach it"
            words = f"The threshold, {asked}, is {cut:.6g}: {int(yes.sum()):,} of {int(people.sum()):,} rows {beyond}"
            notes.append(f"{words}, and {tied:,} equal it." if tied > 1 else f"{words}.")
        if selected in (0.0, 1.0):
            notes.append(
                f"The threshold {cut:.6g} decides {'yes' if selected else 'no'} for everybody: the predictions run from"
                f" {low:.6g} to {high:.6g}."
            )
        elif (
            self.rule == "number"
            and min(selected, 1 - selected) < 0.05
            and not (0 <= min(low, cut) <= max(high, cut) <= 1)
        ):
            place = (cut - low) / (high - low)  # probabilities are left out: of rare events few reach a half
            if not 0.05 <= place <= 0.95:
                notes.append(
                    f"The threshold {cut:.6g} lies at the end of predictions that run from {low:.6g} to {high:.6g} and"
                    f" decides yes for {100 * selected:.3g}% of the rows: are both on one scale?"
                )
        return notes
