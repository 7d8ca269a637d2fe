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
Rule = Literal["number", "median", "top", "top-share"]

FORMS = "0.5, '>0.5', '<620', median, top=100 or top=10%"
"""What a threshold may be, for messages and help."""
_NUMBER = re.compile(r"(>=|<=|>|<)?\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_TOP = re.compile(r"top\s*[=:]\s*(\d+\.?\d*|\.\d+)\s*(%?)")


@dataclass(frozen=True)
class Threshold:
    """Which predictions are decided yes."""

    rule: Rule
    """`number`: a cut that was named; `median`: above the median of the predictions, strictly; `top`: so many highest
    ones; `top-share`: such a share of them."""
    value: float
    """The cut, the number of places, or the share in (0, 1]; 0 for the median."""
    side: Side = ">="
    """How a prediction stands to the cut where the decision is yes."""

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

        if self.rule == "number":
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
        notes = []
        if self.rule != "number":
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
