"""What all encodings of features share: numbers or categories, and values of a kind that training did not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from fairaudit.arrays import Floats
from fairaudit.errors import OptionError, RoleError, listing

if TYPE_CHECKING:
    import pandas as pd

Unseen = Literal["error", "mean"]

MISSING = "(missing)"


class Encoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Base of the encodings: remembers the factors, their levels, and which numbers may be missing.

    Attributes:
        names_: names of the J factors.
        encoders_: what is known of each: ``levels`` of a category; ``missing`` and more of a number.
    """

    unknown_counts: ClassVar[str] = "as on average"
    """How a value of a kind that training did not have counts under ``unseen='mean'``, in words."""
    unseen: Unseen
    names_: list[str]
    encoders_: list[dict[str, Any]]

    def _scale(self, known: Floats, weight: Floats) -> dict[str, Any]:
        """What an encoding keeps of a number, from its known values and their weights."""
        raise NotImplementedError

    def _learn(self, X: pd.DataFrame, weight: Floats) -> pd.DataFrame:
        """Remember the factors; the data frame under text names."""
        if self.unseen not in ("error", "mean"):
            raise OptionError(f"unseen '{self.unseen}' is unknown; choose one of error, mean")
        X = named(X)
        self.names_ = list(X.columns)
        self.encoders_ = [self._encoder(X[name], weight) for name in X.columns]
        return X

    def _encoder(self, column: pd.Series[Any], weight: Floats) -> dict[str, Any]:
        import pandas as pd

        if not pd.api.types.is_numeric_dtype(column):
            return {"levels": sorted(set(names(column)))}
        values = numbers(column)
        seen = ~np.isnan(values) & (weight > 0)
        missing = bool(np.isnan(values).any()) or not seen.any()
        return {**self._scale(values[seen], weight[seen]), "missing": missing}

    def check(self) -> None:
        """Refuse what no `fit` leaves behind, for an encoding that comes from a file.

        Raises:
            ValueError: a factor, a level or a number is not as this class sets it.
        """
        if self.unseen not in ("error", "mean"):
            raise ValueError(f"unseen is {self.unseen!r}")
        if not _distinct(self.names_) or not isinstance(self.encoders_, list):
            raise ValueError("its factors have no names, or the same")
        if len(self.names_) != len(self.encoders_):
            raise ValueError(f"it encodes {len(self.encoders_)} of {len(self.names_)} factors")
        for name, encoder in zip(self.names_, self.encoders_, strict=True):
            if "levels" not in encoder:
                if not isinstance(encoder["missing"], (bool, np.bool_)):
                    raise ValueError(f"it does not say whether '{name}' may be missing")
                self._check_scale(name, encoder)
            elif not _distinct(encoder["levels"]):
                raise ValueError(f"the levels of '{name}' are no list of different texts")

    def _check_scale(self, name: str, encoder: dict[str, Any]) -> None:
        """Refuse what `_scale` does not leave behind of the number called so."""
        raise NotImplementedError

    def _checked(self, X: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """The factors, and where a value is of a kind that the training rows did not have.

        Raises:
            RoleError: a factor is absent, holds text where it held numbers, or (under ``unseen='error'``) holds such
                a value.
        """
        X = self._select(X)
        unknown = self.unknown(X)
        if self.unseen == "error" and unknown.any():
            raise RoleError(self._complaint(X, unknown))
        return X, unknown

    def unknown(self, X: pd.DataFrame) -> NDArray[np.bool_]:
        """Where a value is of a kind that the training rows did not have, shape (n, J)."""
        X = self._select(X)
        columns = []
        for name, encoder in zip(self.names_, self.encoders_, strict=True):
            if "levels" in encoder:
                columns.append(codes_of(X[name], encoder["levels"]) < 0)
            else:
                columns.append(np.isnan(numbers(X[name])) & (not encoder["missing"]))
        return np.column_stack(columns)

    def beyond(self, X: pd.DataFrame) -> dict[str, tuple[NDArray[np.bool_], float, float]]:
        """Numbers that the encoding carries on far beyond those it was fitted on: in which rows, shape (n,), and the
        ends of what it knows.

        None, unless an encoding says otherwise: the outermost of bins has no end.
        """
        return {}

    def _complaint(self, X: pd.DataFrame, unknown: NDArray[np.bool_]) -> str:
        factor = int(np.flatnonzero(unknown.any(axis=0))[0])
        name, encoder, rows = self.names_[factor], self.encoders_[factor], unknown[:, factor]
        count = f"{int(rows.sum())} row{'s' if rows.sum() > 1 else ''}"
        if "levels" not in encoder:
            return (
                f"'{name}' is missing in {count}, and was never missing when the model was fitted; fill it in, or fit"
                " with unseen='mean'"
            )
        levels = dict.fromkeys(names(X[name])[rows])
        return (
            f"'{name}' has the level {listing(map(repr, levels), 3)} in {count}, which the model was not fitted on; it"
            f" knows {listing(encoder['levels'])}; or fit with unseen='mean'"
        )

    def _select(self, X: pd.DataFrame) -> pd.DataFrame:
        X = named(X)
        absent = [name for name in self.names_ if name not in set(X.columns)]
        if absent:
            raise RoleError(f"the model needs the features {listing(absent)}; the data have {listing(X.columns)}")
        return X[self.names_]


def _distinct(texts: object) -> bool:
    """Whether something is a list of different texts, one at least."""
    return (
        isinstance(texts, list) and all(isinstance(text, str) for text in texts) and 0 < len(texts) == len(set(texts))
    )


def named(X: pd.DataFrame) -> pd.DataFrame:
    """The same columns under text names."""
    return X.set_axis([str(name) for name in X.columns], axis=1)


def numbers(column: pd.Series[Any]) -> Floats:
    """A column of numbers as float64, missing ones NaN."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column) and column.notna().any():
        shown = column.dropna().iloc[0]
        raise RoleError(f"'{column.name}' held numbers when the model was fitted; now it holds {str(shown)!r}")
    return column.to_numpy(np.float64, na_value=np.nan)


def names(column: pd.Series[Any]) -> NDArray[np.object_]:
    """Categories as text, shape (n,), a missing one `MISSING`; a category of that name gets one more character."""
    texts = column.astype(object).astype(str)
    texts = texts.where(~texts.str.startswith(MISSING), texts + "'")
    names: NDArray[np.object_] = texts.where(column.notna(), MISSING).to_numpy(object)
    return names


def codes_of(column: pd.Series[Any], levels: list[str]) -> NDArray[np.intp]:
    """Place of each category among the levels, -1 where it is not one, shape (n,)."""
    import pandas as pd

    known = pd.Index(levels, dtype=object)
    if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "categorical", "empty"):
        return np.asarray(known.get_indexer(pd.Index(names(column), dtype=object)), dtype=np.intp)
    codes, distinct = pd.factorize(column)  # names of the distinct values only: texts differ where values do
    place = known.get_indexer(pd.Index(names(pd.Series(distinct)), dtype=object))
    absent = known.get_indexer(pd.Index([MISSING], dtype=object))
    return np.asarray(np.concatenate([place, absent])[codes], dtype=np.intp)
