"""Rules that choose one strength of a path and say why; none takes a model that explains nothing for a choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairaudit.errors import OptionError

CLEAR = 2.0
"""Standard errors from which on something is clear of chance: about 95% of it, from many folds."""
RULES = ("reduce:90", "max-loss:10", "max-deviance:1", "jsd:0.001", "one-standard-error", "knee")


@dataclass(frozen=True)
class JudgedStrength:
    """What a rule sees of one strength: means over the folds."""

    strength: float
    loss: float
    loss_error: float
    """Standard error of the mean loss; 0 if unknown."""
    dependence: float
    divergence: float | None
    """Jensen–Shannon divergence over its floor, bits."""
    rise_error: float = 0.0
    """Standard error of the mean rise of the loss over the plain model's on the same rows; 0 if unknown."""
    gain_error: float = 0.0
    """Standard error of how far the mean loss is below the constant model's on the same rows; 0 if unknown."""
    dependence_error: float = 0.0
    """Standard error of the mean dependence; 0 if unknown."""
    reduction_error: float = 0.0
    """Standard error of its share of the plain model's, per cent; 0 if unknown."""


@dataclass(frozen=True)
class Choice:
    """What a rule chose."""

    strength: float
    met: bool
    """Whether the rule could be met; if not, the nearest strength was taken, or the plain model."""
    why: str
    """In words."""


@dataclass(frozen=True)
class TracedWords:
    """What a path lowers, and what its strengths are of."""

    what: str = "dependence"
    term: str = "penalty"


def choose(points: Sequence[JudgedStrength], rule: str, constant: float, words: TracedWords | None = None) -> Choice:
    """The strength that a rule takes from a path, which begins with the plain model.

    * ``reduce:P``: the weakest that takes away P per cent of the plain model's dependence.
    * ``max-loss:P``: the least dependent that gives up at most P per cent of what the plain model explains over the
      constant one.
    * ``max-deviance:P``: the least dependent whose loss is at most P per cent above the plain model's.
    * ``jsd:X``: the weakest with at most X bits of Jensen–Shannon divergence over the noise floor.
    * ``one-standard-error``: the least dependent whose loss is at most one standard error above the lowest.
    * ``knee``: the farthest, of those on the front, from the line between its ends, both axes scaled to [0, 1]
      (Satopää et al. 2011, doi:10.1109/ICDCSW.2011.20).

    No rule chooses from what is chance. Where the plain model's dependence is not `CLEAR` of 0, there is nothing to
    take away, and the plain model is taken (``jsd``, which holds another measure to its limit, goes on). All but
    ``reduce`` and ``jsd`` weigh the loss, and choose only among the strengths that predict better than the constant:
    where no strength does so clear of chance, the plain model is taken, and it is said that there was nothing to choose
    from. A front that is flat, or straight, within the errors of its losses has no knee.

    Args:
        points: the path, in increasing strength.
        rule: one of these.
        constant: mean loss of the constant model on the same rows.
        words: what the path lowers.
    """
    name, number = parse_rule(rule)
    words = TracedWords() if words is None else words
    choice = _choice(points, name, number, constant, words)
    if not choice.strength:
        return choice
    chosen = next(point for point in points if point.strength == choice.strength)
    return replace(choice, why=f"{choice.why} {_there(chosen, points[0], constant, words)}")


def _choice(points: Sequence[JudgedStrength], name: str, number: float, constant: float, words: TracedWords) -> Choice:
    """What a rule takes, and why; what was measured there is told by `choose`."""
    plain, best = points[0], min(points, key=lambda point: point.loss)
    explains = any(constant - point.loss > CLEAR * point.gain_error for point in points)
    hopeless = "" if explains else _hopeless(best, constant)
    if name == "jsd":
        choice = _diverging(points, number, words)
        return replace(choice, why=f"{hopeless}. {choice.why}") if hopeless else choice
    if plain.dependence <= CLEAR * plain.dependence_error:
        why = f"The plain model shows no {words.what} {_clear_of_chance(plain)}, so that there is none to take away"
        return Choice(plain.strength, name != "knee", ". ".join(filter(None, [hopeless, f"{why}; it was taken."])))
    if name == "reduce":
        choice = _reduced(points, number, words)
        return replace(choice, why=f"{hopeless}. {choice.why}") if hopeless else choice
    if hopeless:
        why = f"{hopeless}, so that there is no front to choose from and no knee to rely on"
        return Choice(plain.strength, False, f"{why}; the plain model was taken.")
    useful = [point for point in points if point.loss < constant]
    return _knee(useful, words) if name == "knee" else _within(useful, plain, name, number, constant, words)


def _clear_of_chance(plain: JudgedStrength) -> str:
    if not plain.dependence_error:
        return "over its noise floor"
    return f"clear of chance ({plain.dependence:.2g} ± {plain.dependence_error:.2g})"


def _hopeless(best: JudgedStrength, constant: float) -> str:
    """That nothing is explained, from the strength of least loss."""
    beyond, error = "", ""
    if best.loss < constant:
        beyond, error = " beyond chance", f", {constant - best.loss:.2g} ± {best.gain_error:.2g} below"
    return (
        f"No strength of the path predicts better than the constant{beyond}, whose loss is {constant:.4g} (best:"
        f" {best.loss:.4g}{error})"
    )


def _there(chosen: JudgedStrength, plain: JudgedStrength, constant: float, words: TracedWords) -> str:
    """What was measured at the chosen strength, with standard errors."""
    told = []
    if plain.dependence > 0:
        told.append(f"{_with_error(100 * (1 - chosen.dependence / plain.dependence), chosen.reduction_error)} of the")
        told[-1] += f" {words.what} is gone"
    if plain.loss < constant:
        explained = constant - plain.loss
        share, error = (100 * each / explained for each in (chosen.loss - plain.loss, chosen.rise_error))
        done = "is given up" if share >= 0 else "is gained"
        told.append(f"{_with_error(abs(share), error)} of what the plain model explains {done}")
    return f"There {', and '.join(told)}." if told else ""


def _with_error(percent: float, error: float) -> str:
    return f"{percent:.3g}%" + (f" (± {error:.2g})" if error else "")


def _reduced(points: Sequence[JudgedStrength], percent: float, words: TracedWords) -> Choice:
    """The weakest that takes away so many per cent of the dependence."""
    plain = points[0]
    limit, does = plain.dependence * (1 - percent / 100), f"takes away {percent:g}% of the {words.what}"
    reached = [point for point in points if point.dependence <= limit]
    return _weakest(reached, min(points, key=lambda point: point.dependence), does, words)


def _diverging(points: Sequence[JudgedStrength], bits: float, words: TracedWords) -> Choice:
    """The weakest with at most so many bits of divergence."""
    known = [point for point in points if point.divergence is not None]
    reached = [point for point in known if point.divergence is not None and point.divergence <= bits]
    nearest = min(known or points, key=lambda point: point.divergence or 0.0)
    return _weakest(reached, nearest, f"leaves at most {bits:g} bits of divergence over the noise floor", words)


def _weakest(reached: Sequence[JudgedStrength], nearest: JudgedStrength, does: str, words: TracedWords) -> Choice:
    if reached:
        return Choice(reached[0].strength, True, f"The weakest {words.term} that {does}.")
    return Choice(nearest.strength, False, f"No {words.term} of the path {does}; the nearest was taken.")


def _within(
    useful: Sequence[JudgedStrength],
    plain: JudgedStrength,
    name: str,
    number: float,
    constant: float,
    words: TracedWords,
) -> Choice:
    """The least dependent whose loss is within a limit."""
    best = min(useful, key=lambda point: point.loss)
    explained = constant - plain.loss
    if name == "max-loss" and explained <= 0:
        why = "The plain model explains nothing that could be given up; the strength of least loss was taken."
        return Choice(best.strength, False, why)
    limit, does = {
        "max-loss": (
            plain.loss + explained * number / 100,
            f"that gives up at most {number:g}% of what the plain model explains",
        ),
        "max-deviance": (
            plain.loss * (1 + number / 100),
            f"whose loss is at most {number:g}% above the plain model's",
        ),
        "one-standard-error": (
            best.loss + best.loss_error,
            "whose loss is at most one standard error above the lowest",
        ),
    }[name]
    affordable = [point for point in useful if point.loss <= limit]
    chosen = min(affordable or [plain], key=lambda point: point.dependence)
    return Choice(chosen.strength, bool(affordable), f"The model of least {words.what} {does}.")


def _knee(points: Sequence[JudgedStrength], words: TracedWords) -> Choice:
    """The knee of the front, where it has one."""
    kept = on_front([(point.dependence, point.loss) for point in points])
    distinct = {(point.dependence, point.loss): point for point, keep in zip(points, kept, strict=True) if keep}
    front = sorted(distinct.values(), key=lambda point: point.dependence)
    least, cheapest = front[0], front[-1]
    if len(front) == 1:
        return Choice(least.strength, True, f"One strength has both the least {words.what} and the least loss.")
    if least.loss - cheapest.loss <= least.rise_error:
        why = "The front is flat: its losses differ by no more than a standard error. Its end of least"
        return Choice(least.strength, True, f"{why} {words.what} was taken.")
    if len(front) == 2:
        why = "The front has no knee, being of two strengths only; the one of less loss was taken."
        return Choice(cheapest.strength, False, why)
    if _straight(front):
        why = "The front is straight within the standard errors of its losses, and has no knee; the one of less loss"
        return Choice(cheapest.strength, False, f"{why} was taken.")
    x, y = (np.array([getattr(point, name) for point in front]) for name in ("dependence", "loss"))
    below = 1 - (x - x.min()) / np.ptp(x) - (y - y.min()) / np.ptp(y)  # over √2 the distance from the chord
    chosen = front[int(np.argmax(below))]
    return Choice(chosen.strength, True, f"The knee of the front: beyond it, less {words.what} costs more loss.")


def _straight(front: Sequence[JudgedStrength]) -> bool:
    """Whether no strength of a front lies below the line between its ends by more than its standard error, at most."""
    least, cheapest = front[0], front[-1]
    for point in front[1:-1]:
        share = (cheapest.dependence - point.dependence) / (cheapest.dependence - least.dependence)
        below = cheapest.loss + share * (least.loss - cheapest.loss) - point.loss
        if below > np.hypot(point.rise_error, share * least.rise_error):
            return False
    return True


def parse_rule(text: str) -> tuple[str, float]:
    """Name and number of a rule; number 0 for one that has none."""
    name, colon, number = text.partition(":")
    try:
        value = float(number) if colon else 0.0
    except ValueError:
        value = np.nan
    fits = {
        "reduce": bool(colon) and 0 < value < 100,
        "max-loss": bool(colon) and 0 <= value < np.inf,
        "max-deviance": bool(colon) and 0 <= value < np.inf,
        "jsd": bool(colon) and 0 <= value < np.inf,
        "one-standard-error": not colon,
        "knee": not colon,
    }
    if not fits.get(name, False):
        raise OptionError(f"rule '{text}' is unknown; choose one of {', '.join(RULES)}, with a number of your own")
    return name, value


def on_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Whether no other point is at least as low in both coordinates and lower in one."""
    return [
        not any(x <= mine[0] and y <= mine[1] and (x < mine[0] or y < mine[1]) for x, y in points) for mine in points
    ]
