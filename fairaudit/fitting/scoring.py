"""What a saved model says of itself, and the audit of a new table that it scores."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from fairaudit.arrays import Step
from fairaudit.auditing.run import RowByRow, audit_table
from fairaudit.data.classes import told_of_absent, told_of_likeliest
from fairaudit.data.columns import with_levels
from fairaudit.data.features import read_features
from fairaudit.data.origin import Origin
from fairaudit.data.roles import Protected, Roles, Task
from fairaudit.data.table import RoleTable, role_table
from fairaudit.data.threshold import Threshold
from fairaudit.errors import OptionError, RoleError, SourceError, listing
from fairaudit.fitting.prediction import HALF, predicted, rates
from fairaudit.fitting.split import Split
from fairaudit.fitting.summary import unseen
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.models.files import load_with_card
from fairaudit.options import Options
from fairaudit.results import Audit, Source

if TYPE_CHECKING:
    import pandas as pd


def card(split: Split, cut: Threshold | None) -> dict[str, Any]:
    """What a saved model says of itself: how to read a table that it is to score, and from where on, unless another
    threshold is named, its predictions (`cut`) are decided yes."""
    roles, table = split.roles, split.table
    own = None if cut is None else cut.value
    return {
        "task": table.task,
        "features": split.factors,
        "target": roles.target,
        "levels": list(table.outcome_levels),
        "exposure": roles.exposure,
        "weight": roles.weight,
        "threshold": own if roles.threshold is None else roles.threshold,
        "count": roles.count,
        "cluster": roles.cluster,
        "source": split.source.sha256,
        "protected": [spec.text() for spec in roles.protected],
    }


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What `card` writes, and what earlier versions wrote less of."""

    task: Task
    features: list[str]
    protected: list[str]
    levels: list[str] = []
    target: str | None = None
    exposure: str | None = None
    weight: str | None = None
    threshold: float | str | None = None
    count: str | None = None
    cluster: str | None = None
    source: str | None = None


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A model from a file, and how it reads a table."""

    name: str
    """The file."""
    model: PenalizedEstimator
    card: dict[str, Any]
    """Columns in their roles, as they were when the model was fitted (see `card`)."""

    def roles(self, frame: pd.DataFrame, roles: Roles) -> Roles:
        """Roles for a new table: those given, and for the rest those of the training table.

        It may lack the outcome and the weight. Without a protected attribute less would be audited than the model was
        fitted for, and without the exposure the outcome would be held against another unit: both are errors.
        """
        columns = {str(name) for name in frame.columns}
        if roles.prediction is not None or roles.decision is not None:
            raise OptionError("with --model the predictions are the model's: leave out --prediction and --decision")
        absent = [name for name in self.card["features"] if name not in columns]
        if absent:
            raise RoleError(f"model '{self.name}' needs the features {', '.join(absent)}, which are not in the data")

        def known(name: str) -> Any:
            value = self.card.get(name)
            return value if value is not None and with_levels(list(frame.columns), value)[0] in columns else None

        protected = roles.protected or tuple(Protected.parse(text) for text in self.card["protected"])
        target, exposure = roles.target or known("target"), roles.exposure or known("exposure")
        lost = [each.name for each in protected if each.name not in columns]
        if lost and not roles.protected:
            raise RoleError(
                f"model '{self.name}' was fitted with the protected attributes {listing(lost)}, which are not in the"
                " data; say with --protected which attributes to audit"
            )
        if self.card.get("exposure") and target and not exposure:
            raise RoleError(
                f"model '{self.name}' expects so much in a unit of '{self.card['exposure']}', which is not in the data;"
                " name the time at risk with --exposure"
            )
        return replace(
            roles,
            target=target,
            protected=protected,
            exposure=exposure,
            weight=roles.weight or known("weight"),
            count=roles.count or known("count"),
            cluster=roles.cluster or known("cluster"),
            threshold=self.card["threshold"] if roles.threshold is None else roles.threshold,
            task=roles.task or self.card["task"],
        )

    def scored(self, table: RoleTable, frame: pd.DataFrame, threshold: Threshold | None) -> RoleTable:
        """The table of a data frame with the model's predictions, and its decisions for a binary outcome."""
        rows = frame.iloc[table.index].reset_index(drop=True)
        features, _ = read_features(rows, self.card["features"], Origin.of_rows(table.index), constant=True)
        if table.task == "multiclass":
            told = self._of_classes(table, features)
            return replace(told, notes=(*told.notes, *unseen(self.model, features, "rows")))
        exposure = table.exposure if self.card.get("exposure") else None  # else the model tells counts, not rates
        if threshold is None and table.task == "binary":
            threshold = HALF  # where models of early versions decided, which say none
        if threshold is not None:
            threshold.refuse_unfit(table.task)
        new = predicted(table.task, rates(self.model, features), exposure, threshold, table.weight, table.count)
        notes = unseen(self.model, features, "rows")
        return replace(table, prediction=new.value, decision=new.decision, notes=(*table.notes, *notes))

    def _of_classes(self, table: RoleTable, features: pd.DataFrame) -> RoleTable:
        """A table of classes with the model's probabilities; notes on what stood in for them are replaced."""
        assert table.probabilities is not None
        stand_in, levels = table.probabilities, table.outcome_levels
        new = predicted(table.task, rates(self.model, features, len(levels)), None, None)
        said = [*told_of_likeliest(stand_in), *told_of_absent(levels, table.decision, "predicted")]
        notes = [note for note in table.notes if note not in said]
        notes += [*told_of_likeliest(new.rate), *told_of_absent(levels, new.decision, "predicted")]
        return replace(table, probabilities=new.rate, decision=new.decision, notes=tuple(notes))


def load_model(path: str | os.PathLike[str]) -> SavedModel:
    """The model in a file that ``fairaudit fit --save`` or `Fit.save` wrote; nothing in the file is run.

    Raises:
        SourceError: there is no such file, or it is not such a model.
    """
    model, card = load_with_card(path)
    name = os.fspath(path)
    if not card:
        raise OptionError(f"'{name}' holds a model without its roles; save it with fit --save or Fit.save")
    try:
        held = msgspec.convert(card, Card)
    except (msgspec.ValidationError, OverflowError, RecursionError) as error:
        raise SourceError(f"the roles in model '{name}' are damaged: {error}; save it again") from None
    if held.features != model.encoder.names_:
        raise SourceError(
            f"model '{name}' is damaged: its roles name the features {listing(held.features)}, and it was fitted to"
            f" {listing(model.encoder.names_)}; save it again"
        )
    return SavedModel(name, model, msgspec.to_builtins(held))


def audit_model(
    saved: SavedModel,
    frame: pd.DataFrame,
    source: Source,
    roles: Roles,
    options: Options,
    step: Step = lambda _: None,
) -> Audit:
    """Score a new table with a saved model, and audit the predictions."""
    step("scoring with the model")
    table, known = scored_table(saved, frame, source, roles)
    stated = replace(options, extra={**options.extra, "model": saved.name})
    return audit_table(table, source, known, stated, step, others=lambda: RowByRow(table, frame))


def scored_table(saved: SavedModel, frame: pd.DataFrame, source: Source, roles: Roles) -> tuple[RoleTable, Roles]:
    """The table of a data frame with the predictions of a saved model, and the roles of all its columns."""
    roles = saved.roles(frame, roles)
    column = f"model {saved.name}"
    while any(str(name).startswith(column) for name in frame.columns):
        column += "'"
    # Rows are chosen and checked before they are scored: a column of zeros stands in for the predictions; of classes
    # one of equal shares for each.
    asked = replace(roles, prediction=column, threshold=None)
    stand_in: dict[str, float] = {column: 0.0}
    if roles.task == "multiclass":
        levels = saved.card["levels"]
        asked = replace(asked, prediction=f"{column} *")
        stand_in = {f"{column} {name}": 1 / len(levels) for name in levels}
    table = saved.scored(role_table(frame.assign(**stand_in), asked), frame, roles.cut)
    own = source.sha256 is not None and source.sha256 == saved.card.get("source")
    return replace(table, fitted_on=own), replace(roles, prediction=column)
