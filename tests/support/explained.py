"""A small explanation, made by hand: three models, one of them without a say; and the same with hostile names."""

from __future__ import annotations

import msgspec

from fairaudit.results import (
    Attribution,
    FactorGap,
    ImportanceDivergence,
    Manifest,
    ProtectedAttribute,
    Proxy,
    Rows,
    Source,
)
from fairaudit.results.explanation import Explanation, FactorRelation, ModelPair, PooledModel

HOSTILE = {
    "priors": "<script>alert(1)</script>|[red]*b*[/red]",
    "Female": "<b>|a",
    "sex": "[bold]sex\u202e",
    "degree": "two\nlines\x1b[31m of a name that goes on " + "and on " * 12,
}
IMPORTANCE = {"glm": [0.6, 0.25, 0.15], "boosting": [0.55, 0.2, 0.25], "network": [0.2, 0.5, 0.3]}
FACTORS = ["priors", "degree", "number"]


def attribution(shares: dict[str, float]) -> Attribution:
    parts = {"priors": 0.3, "degree": -0.1, "number": 0.05}
    ends = {name: (value - 0.02, value + 0.02) for name, value in parts.items()}
    male = FactorGap(by=["sex"], cell={"sex": "Male"}, n=300, gap=0.25, interval=(0.2, 0.3), contributions=parts,
                     contribution_intervals=ends, importance=shares)  # fmt: skip
    female = FactorGap(by=["sex"], cell={"sex": "Female"}, n=12, gap=None, why="12 rows; 25 are needed")
    return Attribution(
        scale="log-odds",
        method="TreeSHAP",
        rows=312,
        of_rows=900,
        importance=shares,
        gaps=[male, female],
        divergence=[ImportanceDivergence(by=["sex"], value=None, why="fewer than two groups are large enough")],
    )


def model(name: str, included: bool = True) -> PooledModel:
    shares = dict(zip(FACTORS, IMPORTANCE[name], strict=True))
    return PooledModel(
        name=name, included=included, why=None if included else "its loss is 0.1 ± 0.01 above that of glm",
        loss=0.61, gain=9.5, worse=0.0 if included else 0.1, standard_error=0.0 if included else 0.01,
        importance=shares, intervals={factor: (max(share - 0.05, 0), share + 0.05) for factor, share in shares.items()},
        attribution=attribution(shares),
    )  # fmt: skip


def example() -> Explanation:
    relations = [
        FactorRelation(primary="priors", secondary="degree", direct=True, least=0.3),
        FactorRelation(primary="priors", secondary="number", direct=True, least=0.3),
    ]
    pair = ModelPair(models=["glm", "boosting"], agreed=2 / 3, contradicted=0.0, kendall=1 / 3, top_overlap=1.0,
                     jensen_shannon=0.011)  # fmt: skip
    return Explanation(
        task="binary",
        rows=Rows(read=905, used=900, dropped={"no value in y": 5}),
        source=Source(name="people.csv"),
        target="y",
        protected=[ProtectedAttribute(name="sex", kind="categorical", levels=["Female", "Male"],
                                      bands=["Female", "Male"], encoding="0 or 1", cells=2)],
        factors=FACTORS,
        folds=3,
        attributed=312,
        confidence=0.95,
        models=[model("glm"), model("boosting"), model("network", included=False)],
        relations=relations,
        levels=[["priors"], ["degree", "number"]],
        settled=2 / 3,
        pairs=[pair],
        top=3,
        proxies=[Proxy(factor="priors", attribute="sex", dcor_sq=0.04, p_value=1e-6),
                 Proxy(factor="degree", attribute="sex", dcor_sq=-0.001, p_value=0.9),
                 Proxy(factor="number", attribute="sex", dcor_sq=None, why="all values are equal")],
        notes=["The rows were cut into 3 folds."],
        manifest=Manifest(fairaudit="0.1.0", python="3.11.2", packages={}, arguments={"pool": ["glm"]}, seed=0),
    )  # fmt: skip


def hostile() -> Explanation:
    text = msgspec.json.encode(example()).decode()
    for name, bad in HOSTILE.items():
        text = text.replace(msgspec.json.encode(name).decode(), msgspec.json.encode(bad).decode())
    return msgspec.json.decode(text, type=Explanation)
