"""Settings of the kinds of model that a user can make: one entry each.

From it come the option of the command line with its help, the key of `[fit]` in fairaudit.toml with its schema, and
what `FitOptions.settings` takes. Each is an argument of one or more estimators, which refuse what is out of range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairaudit.errors import OptionError, nearest
from fairaudit.options import real, whole

NUMBER: dict[str, Any] = {"type": "number"}
WHOLE: dict[str, Any] = {"type": "integer"}
AUTO = "auto"


@dataclass(frozen=True)
class Setting:
    """What can be set of one or more kinds of model."""

    name: str
    """As `FitOptions.settings` has it; the command line and fairaudit.toml write hyphens."""
    parameters: Mapping[str, str]
    """Kind of model → argument of its estimator."""
    read: Callable[[object, str], Any]
    """What the argument is, from text, a value of TOML or of Python; and the name for messages."""
    metavar: str
    help: str
    """What it is, in words."""
    default: str
    """What the estimators take where nothing is said."""
    schema: Mapping[str, Any]
    """JSON Schema of the value in fairaudit.toml."""
    multiple: bool = False
    """Whether the option is repeated on the command line for several values."""

    @property
    def key(self) -> str:
        """The name with hyphens: the option without its dashes, and the key of `[fit]`."""
        return self.name.replace("_", "-")

    @property
    def described(self) -> str:
        """The help, with the kinds of model that it is for, and the default."""
        return f"{', '.join(self.parameters)}: {self.help}.  [default: {self.default}]"


def _number(value: object, name: str) -> float:
    if not isinstance(value, str):
        return real(value, name)
    try:
        return float(value)
    except ValueError:
        raise OptionError(f"{name} is '{value}'; a number is needed") from None


def _whole(value: object, name: str) -> int:
    if not isinstance(value, str):
        return whole(value, name)
    try:
        return int(value)
    except ValueError:
        raise OptionError(f"{name} is '{value}'; a whole number is needed") from None


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise OptionError(f"{name} is {value!r}; a word is needed")
    return value


def _number_or_auto(value: object, name: str) -> float | str:
    return AUTO if value == AUTO else _number(value, name)


def _widths(value: object, name: str) -> tuple[int, ...]:
    """Whole numbers, in text between commas."""
    parts: Sequence[object] = [value]
    if isinstance(value, (str, list, tuple)):
        parts = value.split(",") if isinstance(value, str) else value
    return tuple(_whole(part, name) for part in parts)


def _pairs(value: object, name: str) -> str | list[tuple[str, str]]:
    """``pairs``, or pairs of names, in text NAME:NAME."""
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    if given == ["pairs"]:
        return "pairs"
    pairs = []
    for part in given:
        ends = part.split(":") if isinstance(part, str) else part
        if not isinstance(ends, (list, tuple)) or len(ends) != 2 or not all(isinstance(end, str) for end in ends):
            raise OptionError(f"{name} {shown(part)!r} is no pair of features; write NAME:NAME, or pairs for all")
        pairs.append((str(ends[0]), str(ends[1])))
    return pairs


DIRECTIONS = {"increasing": 1, "decreasing": -1}


def _directions(value: object, name: str) -> dict[str, int]:
    """Feature → 1 or −1, from a table or from NAME=increasing and NAME=decreasing."""
    if isinstance(value, Mapping):
        pairs = [(str(feature), direction) for feature, direction in value.items()]
    else:
        texts = [
            part if isinstance(part, str) else "" for part in (value if isinstance(value, (list, tuple)) else [value])
        ]
        pairs = [(feature, direction) for feature, _, direction in (text.rpartition("=") for text in texts)]
    known: dict[object, int] = {sign: sign for sign in DIRECTIONS.values()}  # what this function has read
    known.update(DIRECTIONS)
    for feature, direction in pairs:
        if not feature or not isinstance(direction, (str, int)) or direction not in known:
            said = f"{feature}={direction}" if feature else str(direction)
            raise OptionError(f"{name} '{said}' says no direction; write NAME=increasing or NAME=decreasing")
    return {feature: known[direction] for feature, direction in pairs}


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "ridge",
        {"glm": "ridge"},
        _number_or_auto,
        "NUMBER|auto",
        "how effects are shrunk: auto, as the marginal likelihood says, or a ridge on scaled columns",
        "auto",
        {"anyOf": [NUMBER, {"const": AUTO}]},
    ),
    Setting(
        "knots",
        {"glm": "n_knots", "network": "n_knots"},
        _whole,
        "N",
        "knots of each number's spline; 0: straight lines",
        "6",
        WHOLE,
    ),
    Setting(
        "interactions",
        {"glm": "interactions"},
        _pairs,
        "NAME:NAME",
        "two features that act together; repeat for more, or say pairs for all pairs",
        "none",
        {"anyOf": [{"const": "pairs"}, {"type": "array", "items": {"type": "string"}}]},
        multiple=True,
    ),
    Setting(
        "hidden",
        {"network": "hidden"},
        _widths,
        "N,N,…",
        "widths of the hidden layers",
        "64,32",
        {"type": "array", "items": WHOLE},
    ),
    Setting(
        "activation",
        {"network": "activation"},
        _text,
        "NAME",
        "silu, relu or tanh",
        "silu",
        {"type": "string"},
    ),
    Setting(
        "solver",
        {"network": "solver"},
        _text,
        "NAME",
        "lbfgs, or adam in steps on some of the rows",
        "lbfgs",
        {"type": "string"},
    ),
    Setting(
        "weight_decay",
        {"network": "weight_decay"},
        _number_or_auto,
        "NUMBER|auto",
        "ridge on the weights, relative to the loss of the constant model; auto: by rows held out",
        "auto",
        {"anyOf": [NUMBER, {"const": AUTO}]},
    ),
    Setting(
        "epochs",
        {"network": "epochs"},
        _whole,
        "N",
        "most steps of L-BFGS, or passes of Adam over the rows",
        "1000",
        WHOLE,
    ),
    Setting(
        "dropout",
        {"network": "dropout"},
        _number,
        "SHARE",
        "share of the hidden units left out of each step (adam)",
        "0",
        NUMBER,
    ),
    Setting(
        "batch_size",
        {"network": "batch_size"},
        _whole,
        "N",
        "rows of a mini-batch (adam)",
        "all rows",
        WHOLE,
    ),
    Setting(
        "trees",
        {"boosting": "n_estimators"},
        _whole,
        "N",
        "most trees for the loss alone",
        "1000",
        WHOLE,
    ),
    Setting(
        "leaves",
        {"boosting": "num_leaves"},
        _whole,
        "N",
        "leaves of such a tree",
        "4",
        WHOLE,
    ),
    Setting(
        "learning_rate",
        {"boosting": "learning_rate"},
        _number,
        "NUMBER",
        "share of a tree's step that is taken",
        "0.05",
        NUMBER,
    ),
    Setting(
        "min_leaf",
        {"boosting": "min_child_samples"},
        _whole,
        "ROWS",
        "rows that a leaf needs",
        "50, but at most a twentieth of them",
        WHOLE,
    ),
    Setting(
        "column_share",
        {"boosting": "colsample_bytree"},
        _number,
        "SHARE",
        "share of the features that a tree sees, two at least",
        "0.6",
        NUMBER,
    ),
    Setting(
        "monotone",
        {"glm": "monotone_constraints", "boosting": "monotone_constraints"},
        _directions,
        "NAME=increasing|decreasing",
        "number with which predictions may only rise, or only fall; repeat for more",
        "none",
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"enum": list(DIRECTIONS)}},
                {"type": "array", "items": {"type": "string"}},
            ]
        },
        multiple=True,
    ),
)
"""In the order in which help shows them."""
BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


def checked(model: str, settings: Mapping[str, object]) -> dict[str, Any]:
    """Settings of a kind of model as its estimator takes them, under their own names.

    Raises:
        OptionError: a setting is unknown, belongs to another kind of model, or is of the wrong type.
    """
    values = {}
    for name, value in settings.items():
        if name not in BY_NAME:
            raise OptionError(f"setting '{name}' of a model is unknown{nearest(str(name), BY_NAME)}")
        setting = BY_NAME[name]
        if model not in setting.parameters:
            raise OptionError(f"{setting.key} is a setting of {' and '.join(setting.parameters)}; the model is {model}")
        values[name] = setting.read(value, setting.key)
    return values


def arguments(model: str, settings: Mapping[str, object]) -> dict[str, Any]:
    """The arguments of the estimator of a kind of model; errors as in `checked`."""
    return {BY_NAME[name].parameters[model]: value for name, value in checked(model, settings).items()}


def shown(value: object) -> str | int | float:
    """A value of a setting as a manifest holds it."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{of}" for name, of in value.items())
    parts = value if isinstance(value, (list, tuple)) else [value]
    return ",".join(":".join(map(str, part)) if isinstance(part, (list, tuple)) else str(part) for part in parts)
