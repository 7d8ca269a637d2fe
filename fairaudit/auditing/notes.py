"""What the numbers of an audit are of, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.auditing.clusters import independence_notes
from fairaudit.errors import listing
from fairaudit.measures.group_values import held
from fairaudit.options import Options
from fairaudit.results.memberships import membership
from fairaudit.scoretable.table import ScoreTable

if TYPE_CHECKING:
    pass


def notes_of(table: ScoreTable, options: Options) -> list[str]:
    """What a reader must know of a score table: how its groups, weights, exposure and scores are to be read."""
    notes = independence_notes(table)
    for attribute in table.attributes:
        if attribute.kind == "set":
            notes.append(
                f"Groups of {attribute.name} overlap: a row is in the group of each value that it has. Each group is"
                f" compared with all rows that have values of {attribute.name} but not that one. Distances are between"
                " combinations of values."
            )
            compared = {each.name for each in attribute.memberships}
            everybody = [v for v in attribute.values if membership(attribute.name, v).attribute not in compared]
            if everybody:
                notes.append(f"Every row has {listing(everybody)} of {attribute.name}: nobody is compared by it.")
    if len(table.attributes) > 1:
        notes.append(
            "CCdCov weights the attributes by the lengths of their encodings: "
            + "; ".join(f"{attribute.name}: {attribute.encoding}" for attribute in table.attributes)
            + "."
        )
    if table.exposed:
        rates = "Values are rates per unit of exposure, and rows" if table.subject != "decision" else "Rows"
        notes.append(f"{rates} count by their exposure.")
    if not table.equal_weights:
        notes.append("Rows have unequal weight: unbiased distance covariances are not defined and are left out.")
    if any(attribute.missing for attribute in table.attributes):
        notes.append("Rows without a value of a protected attribute form a group of their own.")
    if table.error_bound:
        notes.append(
            f"Predictions are rounded to a fixed grid; each changes by at most {table.error_bound:.1g} of its size."
        )
    if scale(table) == "score" and table.outcome_sum is not None:
        notes.append(
            "The prediction is a score, not a probability: for calibration each score stands for the outcome rate of"
            " all rows with it."
        )
    if not options.bootstrap:
        notes.append("No bootstrap replicates were asked for, so there are no intervals.")
    return notes


def scale(table: ScoreTable) -> str:
    """What the measured values are, in words."""
    if table.subject != "prediction":
        return "outcome per exposure" if table.subject == "outcome" and table.exposed else table.subject
    if table.task in ("binary", "multiclass"):
        return "probability" if "probability" in held(table) else "score"
    return "rate per exposure" if table.exposed else "expected value"
