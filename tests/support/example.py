"""Audits made by hand: a full one of a fitted model, a small one of counts, and one whose names are hostile."""

from __future__ import annotations

import math

import msgspec

from fairaudit.auditing.words import with_words
from fairaudit.results import (
    Attribution,
    Audit,
    Axis,
    BeforeAfter,
    Calibration,
    Change,
    Consistency,
    Curve,
    Dependence,
    DependenceReport,
    Detectable,
    Disparity,
    Distribution,
    Divergence,
    Estimate,
    FactorGap,
    Group,
    GroupCurve,
    GroupValue,
    GuidedFactor,
    JointDependence,
    Manifest,
    Model,
    PathPoint,
    Performance,
    Prediction,
    ProtectedAttribute,
    RateContrast,
    Rows,
    Source,
)

RACE = {"African-American": 1050, "Asian": 12, "Caucasian": 702, "Hispanic": 170, "Other": 118}
SEX = {"Female": 388, "Male": 1664}
AGE = {"under 25": 451, "25–45": 1172, "over 45": 429}
TOTAL = 2052
LEVEL = {
    "African-American": 0.09, "Asian": -0.17, "Caucasian": -0.08, "Hispanic": -0.09, "Other": -0.12,
    "Female": -0.07, "Male": 0.02, "under 25": 0.13, "25–45": 0.0, "over 45": -0.15,
}  # fmt: skip
HOSTILE = {
    "African-American": "<b>|a",
    "Hispanic": "$x_1$ [red]`rm`[/red]",
    "Other": "two\nlines\x1b[31m and \u202ereversed",
    "Caucasian": "# a very long name " + "of a group that goes on and on " * 8,
    "race": "race|<i>#",
    "sex": "[bold]sex",
    "priors_count": "<script>alert(1)</script>",
}


def binary() -> Audit:
    """A penalised GLM on held-out rows beside the plain one."""
    return with_words(msgspec.structs.replace(
        _audit(0.35), plain=with_words(_audit(1.0, plain=True)), comparison=_comparison(), path=_path(),
        consistency=_consistency(),
        calibration=Calibration(measure="ccdcov", rule="knee", strength=8.0, met=True, folds=5, repeats=2,
                                why="The knee of the front: beyond it, less dependence costs more loss."),
    ))  # fmt: skip


def _consistency() -> Consistency:
    shares = {"priors_count": (1, 0.6, 0.48, 0.57), "age": (2, 0.3, 0.34, 0.31), "charge": (3, 0.1, 0.18, 0.12)}
    return Consistency(
        source="knowledge.toml", kind="weights", divergence="kl", strength=0.5,
        factors=[GuidedFactor(factor=name, tier=tier, knowledge=known, plain=plain, guided=guided)
                 for name, (tier, known, plain, guided) in shares.items()],
        unmentioned=["charge"],
        distance=BeforeAfter(plain=0.0312, plain_interval=(0.027, 0.036), guided=0.0021, guided_interval=(0.001, 0.004),
                             percent=-93.3, percent_interval=(-96.2, -88.1)),
        agreement=BeforeAfter(plain=1.0, plain_interval=(1.0, 1.0), guided=1.0, guided_interval=(1.0, 1.0),
                              percent=0.0),
        loss=BeforeAfter(plain=0.60512, plain_interval=(0.59, 0.62), guided=0.60643, guided_interval=(0.59, 0.62),
                         percent=0.216, percent_interval=(-0.05, 0.48)),
    )  # fmt: skip


def count() -> Audit:
    """The smallest audit of counts: one attribute, no intervals, no model."""
    why = "permutations is 0"
    groups = [
        Group(by=["gender"], cell={"gender": name}, n=n, share=n / 3000, mean_prediction=mean, adequate=True,
              measures={"frequency": GroupValue(value=mean * 1.02, n=n), "mean_prediction": GroupValue(value=mean, n=n),
                        "actual_expected": GroupValue(value=1.02, n=n), "auc": GroupValue(n=n, why="not for counts")})
        for name, n, mean in (("Female", 1300, 0.112), ("Male", 1700, 0.134))
    ]  # fmt: skip
    one = Dependence(attribute="gender", unbiased=9.4e-05, biased=1.2e-04, floor=None, excess=None, dcor_sq=0.0031,
                     p_value=None, why=why)  # fmt: skip
    joint = JointDependence(unbiased=None, biased=None, attributes_only=None, pairs=None, interaction=None, floor=None,
                            excess=None, p_value=None, why="JdCov needs two attributes")  # fmt: skip
    return with_words(Audit(
        task="count",
        rows=Rows(read=3000, used=3000),
        source=Source(name="motor"),
        protected=[ProtectedAttribute(name="gender", kind="categorical", levels=["Female", "Male"],
                                      bands=["Female", "Male"], encoding="0 or 1", cells=2)],
        prediction=Prediction(subject="prediction", column="expected", scale="rate per exposure", distinct=2917,
                              exact=False, error_bound=1e-6),
        groups=groups,
        dependence=DependenceReport(dcov=[one], ccdcov=one, jdcov=joint),
        divergence=[],
        disparities=[Disparity(measure="mean_prediction", by=["gender"], value=0.022, highest={"gender": "Male"},
                               lowest={"gender": "Female"}, why="bootstrap is 0")],
        distributions=[],
        performance=Performance(test={"poisson_deviance": 0.5871, "rps": 0.1185, "odd_measure": None}),
        manifest=Manifest(fairaudit="0.1.0", python="3.11.2", packages={}, arguments={"permutations": 0}, seed=0),
    ))  # fmt: skip


def hostile() -> Audit:
    """`binary` with names of columns, groups and factors that try to break out of every format."""
    text = msgspec.json.encode(binary()).decode()
    for name, bad in HOSTILE.items():
        text = text.replace(msgspec.json.encode(name).decode(), msgspec.json.encode(bad).decode())
    return msgspec.json.decode(text, type=Audit)


def _contrasts() -> list[RateContrast]:
    """African-American against Other, by counts; a group of whom all are selected; people of unequal weight."""
    one = RateContrast(
        measure="selection_rate", by=["race"], cell={"race": "African-American"}, reference={"race": "Caucasian"},
        rate=0.4, reference_rate=0.5, people=1050.0, reference_people=702.0, difference=-0.1,
        difference_interval=(-0.147, -0.052), standard_deviations=-4.13, shortfall=42.1, p_value=0.00004,
        p_adjusted=0.00008, risk_ratio=0.8, risk_ratio_interval=(0.72, 0.89), odds_ratio=0.667,
        odds_ratio_interval=(0.55, 0.81),
    )  # fmt: skip
    return [
        one,
        msgspec.structs.replace(
            one, cell={"race": "Hispanic"}, rate=1.0, difference=0.5, odds_ratio=None, odds_ratio_interval=None,
            why="everybody in the group has the property, so that its odds are infinite",
        ),
        msgspec.structs.replace(
            one, by=["sex"], cell={"sex": "Male"}, reference={"sex": "Female"}, p_value=None, p_adjusted=None,
            why="rows of unequal weight, or that are not independent, are no number of people: no exact test",
        ),
    ]  # fmt: skip


def _detectable() -> list[Detectable]:
    """A gap between two groups, and groups too small for any."""
    one = Detectable(
        measure="selection_rate", by=["sex"], members=[{"sex": "Female"}, {"sex": "Male"}], people=[388.0, 1664.0],
        rate=0.44, level=0.005, power=0.8, gap=0.072, largest_gap=0.072, margin=0.05, equivalent=True,
    )  # fmt: skip
    return [
        one,
        msgspec.structs.replace(
            one, measure="auc", by=["race", "sex"], people=[], rate=None, gap=None, margin=None, equivalent=None,
            members=[{"race": race, "sex": "Female"} for race in ("Other", "Hispanic", "Caucasian")],
            why="the groups are too small for any gap between them to be found with this power",
        ),
    ]  # fmt: skip


def _audit(strength: float, *, plain: bool = False) -> Audit:
    return Audit(
        task="binary",
        rows=Rows(read=6172, used=2052, dropped={"no value in two_year_recid": 3}),
        source=Source(name="compas", sha256="3f1c" * 16, bytes=184213),
        protected=[
            ProtectedAttribute(name="race", kind="categorical", levels=list(RACE), bands=list(RACE),
                               encoding="one-hot: √2 between two levels", cells=5),
            ProtectedAttribute(name="sex", kind="categorical", levels=list(SEX), bands=list(SEX),
                               encoding="0 or 1", cells=2),
            ProtectedAttribute(name="age", kind="continuous", range=(18.0, 83.0), bands=list(AGE),
                               encoding="scaled to [0, 1]", cells=64),
        ],
        prediction=Prediction(subject="prediction", column="glm", scale="probability", distinct=1988, exact=True,
                              error_bound=0.0),
        groups=_groups(strength),
        dependence=_dependence(strength),
        divergence=_divergence(strength),
        disparities=_disparities(strength),
        contrasts=_contrasts(),
        detectable=_detectable(),
        distributions=_distributions(strength),
        curves=_curves(strength),
        performance=Performance(
            train={"accuracy": 0.683, "auc": 0.741, "brier": 0.2068, "log_loss": 0.6012},
            test={"accuracy": 0.671 if plain else 0.664, "auc": 0.729 if plain else 0.7112, "brier": 0.2101,
                  "log_loss": None},
        ),
        model=Model(name="glm", family="binomial", link="logit", penalty="none" if plain else "ccdcov",
                    strength=0.0 if plain else 14.2, reduce_asked=None if plain else 80.0,
                    reduce_reached=None if plain else 79.6, features=["priors_count", "charge_degree", "age"],
                    rows_train=4120, rows_test=2052, parameters=11, iterations=38, converged=True),
        attribution=_attribution(strength),
        notes=["The decision is yes where the prediction is at least 0.5.", "age is also an input of the model."],
        manifest=Manifest(fairaudit="0.1.0", python="3.11.2", packages={"numpy": "2.1.0", "scikit-learn": "1.6.0"},
                          arguments={"protected": ["race", "sex", "age"], "target": "two_year_recid", "min_group": 25,
                                     "bootstrap": 1000, "permutations": 499, "confidence": 0.95, "threshold": None},
                          seed=7),
    )  # fmt: skip


def _groups(strength: float) -> list[Group]:
    sets = {"race": RACE, "sex": SEX, "age": AGE}
    groups = [
        _group([name], {name: level}, n, strength, n) for name, levels in sets.items() for level, n in levels.items()
    ]
    for race, n in RACE.items():
        for sex, m in SEX.items():
            groups.append(_group(["race", "sex"], {"race": race, "sex": sex}, n * m // TOTAL, strength, n + m))
    return groups


def _group(by: list[str], cell: dict[str, str], n: int, strength: float, wobble: int) -> Group:
    shift = strength * sum(LEVEL[level] for level in cell.values())
    half = 0.98 / math.sqrt(n)
    if n < 25:
        why = f"{n} rows; 25 are needed"
        measures = {name: GroupValue(n=n, why=why) for name in ("selection_rate", "tpr", "fpr", "auc")}
        return Group(by=by, cell=cell, n=n, share=n / TOTAL, mean_prediction=0.455 + shift, adequate=False, why=why,
                     measures=measures)  # fmt: skip
    jitter = (wobble % 7 - 3) / 200
    rates = {"selection_rate": 0.44 + 1.6 * shift, "tpr": 0.62 + 1.4 * shift + jitter, "fpr": 0.29 + 1.3 * shift,
             "ppv": 0.61 + 0.1 * jitter, "calibration": jitter, "base_rate": 0.455 + shift,
             "auc": 0.71 + jitter}  # fmt: skip
    measures = {
        name: GroupValue(value=round(value, 6), interval=(round(value - half, 6), round(value + half, 6)), n=n)
        for name, value in rates.items()
    }
    mean = round(0.455 + shift, 6)
    return Group(by=by, cell=cell, n=n, share=n / TOTAL, mean_prediction=mean, adequate=True, measures=measures,
                 interval=(round(mean - half / 3, 6), round(mean + half / 3, 6)))  # fmt: skip


def _dependence(strength: float) -> DependenceReport:
    def one(name: str, size: float, p: float | None) -> Dependence:
        biased = strength * size + 2.1e-05
        return Dependence(attribute=name, unbiased=strength * size, biased=biased, floor=2.1e-05,
                          excess=biased - 2.1e-05, dcor_sq=strength * 0.12, p_value=p)  # fmt: skip

    joint = JointDependence(unbiased=None, biased=0.0341, attributes_only=0.0331, pairs=0.000812 * strength,
                            interaction=-9.4e-05, floor=0.0332, excess=0.0009, p_value=0.002,
                            why="the unbiased estimator needs equal weights")  # fmt: skip
    dcov = [one("race", 0.00131, 0.002), one("sex", 9.4e-05, 0.034), one("age", 0.00212, 0.002)]
    return DependenceReport(dcov=dcov, ccdcov=one("race × sex × age", 0.00264, 0.002), jdcov=joint)


def _divergence(strength: float) -> list[Divergence]:
    def one(by: list[str], value: float, p: float | None, why: str | None = None) -> Divergence:
        measured = why is None
        return Divergence(name="jensen_shannon", of="prediction", by=by, value=value if measured else None,
                          floor=0.0121 if measured else None, excess=value - 0.0121 if measured else None,
                          interval=(value - 0.019, value - 0.004) if measured else None, p_value=p, density="bins:20",
                          test="G-test" if measured else None, why=why)  # fmt: skip

    return [
        one(["race"], 0.0125 + 0.03 * strength, 1.2e-09),
        one(["sex"], 0.0127 + 0.001 * strength, 0.21),
        one(["race", "sex"], 0.0125 + 0.04 * strength, 3e-12),
        one(["race", "sex", "age"], 0.0, None, "fewer than two groups have 25 rows"),
    ]


def _disparities(strength: float) -> list[Disparity]:
    def one(measure: str, by: list[str], value: float, p: float | None, high: dict[str, str], low: dict[str, str],
            ratio: float | None = None) -> Disparity:  # fmt: skip
        value = round(value * strength, 6)
        return Disparity(measure=measure, by=by, value=value, ratio=ratio, floor=0.031,
                         excess=round(value - 0.031, 6), interval=(round(value - 0.041, 6), round(value + 0.043, 6)),
                         highest=high, lowest=low, p_value=p,
                         p_adjusted=None if p is None else min(1.0, p * 20))  # fmt: skip

    black, other = {"race": "African-American"}, {"race": "Other"}
    young, old = {"age": "under 25"}, {"age": "over 45"}
    male, female = {"sex": "Male"}, {"sex": "Female"}
    cross = {"race": "African-American", "sex": "Male"}, {"race": "Other", "sex": "Female"}
    return [
        one("selection_rate", ["race"], 0.336, 2e-9, black, other, 0.41),
        one("selection_rate", ["sex"], 0.144, 0.012, male, female, 0.71),
        one("selection_rate", ["age"], 0.448, 3e-12, young, old, 0.33),
        one("fpr", ["race"], 0.273, 4e-7, black, other, 0.46),
        one("fpr", ["sex"], 0.117, 0.04, male, female, 0.69),
        one("tpr", ["age"], 0.392, 7e-8, young, old, 0.52),
        one("auc", ["race"], 0.021, 0.6, black, other),
        one("calibration", ["race"], 0.02, 0.71, other, black),
        one("base_rate", ["race"], 0.21, 1e-6, black, other, 0.6),
        one("equalized_odds", ["race"], 0.294, None, black, other),
        one("selection_rate", ["race", "sex"], 0.48, 2e-10, *cross, ratio=0.28),
        one("uf", ["race", "sex"], 0.09, 0.002, *cross),
        Disparity(
            measure="tpr", by=["race", "sex"], value=None, why="fewer than two groups have 25 rows with outcome 1"
        ),
    ]


def _distributions(strength: float) -> list[Distribution]:
    edges = [index / 20 for index in range(21)]
    found = []
    for name, levels in (("race", RACE), ("sex", SEX), ("age", AGE)):
        for level in levels:
            centre = 0.455 + strength * LEVEL[level]
            heights = [math.exp(-0.5 * ((low + 0.025 - centre) / 0.17) ** 2) for low in edges[:-1]]
            found.append(Distribution(by=[name], cell={name: level}, edges=edges,
                                      shares=[height / sum(heights) for height in heights]))  # fmt: skip
    return found


def _curves(strength: float) -> list[Curve]:
    groups = [([], {}, 0.0)]
    groups += [([name], {name: level}, LEVEL[level]) for name, levels in (("race", RACE), ("sex", SEX), ("age", AGE))
               for level in levels]  # fmt: skip
    roc, calibration = [], []
    for by, cell, level in groups:
        if "Asian" in cell.values():
            roc.append(GroupCurve(by=by, cell=cell, n=12, x=[], y=[], why="4 rows of the rarer outcome; 25 are needed"))
            calibration.append(GroupCurve(by=by, cell=cell, n=12, x=[], y=[], why="12 rows; 25 are needed"))
            continue
        middle = round(0.55 + strength * level, 4)
        roc.append(GroupCurve(by=by, cell=cell, n=500, x=[0.0, 0.25, 1.0], y=[0.0, middle, 1.0]))
        shares = [round(x + strength * level / 2, 4) for x in (0.2, 0.5, 0.8)]
        calibration.append(GroupCurve(by=by, cell=cell, n=500, x=[0.2, 0.5, 0.8], y=shares,
                                      low=[round(max(y - 0.06, 0), 4) for y in shares],
                                      high=[round(min(y + 0.06, 1), 4) for y in shares]))  # fmt: skip
    return [
        Curve(name="roc", label="ROC curve", about="Share selected of outcome 1 against that of outcome 0.",
              x=Axis(label="false positive rate", measure="fpr"), y=Axis(label="true positive rate", measure="tpr"),
              diagonal="guessing", measure="auc", groups=roc),
        Curve(name="calibration", label="calibration curve", about="Share of outcome 1 against the predicted share.",
              x=Axis(label="predicted rate"), y=Axis(label="observed rate"), diagonal="observed as predicted",
              measure="calibration", groups=calibration),
    ]  # fmt: skip


def _attribution(strength: float) -> Attribution:
    factors = {"priors_count": 0.46, "age": 0.31, "charge_degree": 0.12, "juv_fel_count": 0.05, "juv_misd_count": 0.03,
               "decile_screening_days": 0.02, "weekday": 0.007, "hour": 0.003}  # fmt: skip
    gaps = []
    for group in _groups(strength):
        if not group.adequate:
            gaps.append(FactorGap(by=group.by, cell=group.cell, n=group.n, gap=None, why=group.why))
            continue
        size = 4 * strength * sum(LEVEL[level] for level in group.cell.values())
        parts = {name: round(size * share, 6) for name, share in factors.items()}
        parts["age"] = round(parts["age"] - 0.06, 6)
        gaps.append(FactorGap(by=group.by, cell=group.cell, n=group.n, gap=round(sum(parts.values()), 6),
                              contributions=parts, importance=factors))  # fmt: skip
    return Attribution(scale="log-odds", importance=factors, gaps=gaps)


def _path() -> list[PathPoint]:
    """Five strengths; one is beaten by another, and one has no accuracy on some fold."""
    found = []
    for strength, loss, dependence in ((0, 0.61, 9.4e-4), (1, 0.612, 9e-4), (4, 0.63, 8e-4), (8, 0.62, 2e-4),
                                       (64, 0.68, -1e-6)):  # fmt: skip
        accuracy = Estimate(mean=None) if strength == 4 else Estimate(mean=1.27 - loss, standard_error=0.01)
        found.append(
            PathPoint(strength=float(strength), loss=Estimate(mean=loss, standard_error=0.004),
                      loss_change=Estimate(mean=100 * (loss / 0.61 - 1), standard_error=0.1),
                      dependence=Estimate(mean=dependence, standard_error=3e-5),
                      reduction=100 * (1 - dependence / 9.4e-4),
                      divergence=Estimate(mean=30 * dependence, standard_error=0.002), front=strength != 4,
                      performance={"accuracy": accuracy, "log_loss": Estimate(mean=loss, standard_error=0.004)})
        )  # fmt: skip
    return found


def _comparison() -> list[Change]:
    def one(measure: str, kind: str, plain: float, fair: float | None, better: str, by: tuple[str, ...] = ()) -> Change:
        change = None if fair is None else fair - plain
        percent = None if change is None or plain <= 0 else 100 * change / plain
        return Change(measure=measure, kind=kind, by=list(by), plain=plain, fair=fair, change=change, percent=percent,
                      better=better)  # type: ignore[arg-type]  # fmt: skip

    return [
        one("accuracy", "performance", 0.671, 0.664, "higher"),
        one("auc", "performance", 0.729, 0.7112, "higher"),
        one("brier", "performance", 0.2101, 0.2133, "lower"),
        one("ccdcov", "dependence", 0.00264, 0.35 * 0.00264 + 2.1e-05 - 2.1e-05, "lower", ("race", "sex", "age")),
        one("jensen_shannon", "divergence", 0.0404, 0.0144, "lower", ("race", "sex")),
        one("selection_rate", "disparity", 0.336, 0.1176, "lower", ("race",)),
        one("selection_rate", "disparity", 0.448, 0.1568, "lower", ("age",)),
        one("fpr", "disparity", 0.273, 0.09555, "lower", ("race",)),
        one("calibration", "disparity", 0.020, 0.0314, "lower", ("race",)),
        one("tpr", "disparity", 0.2, None, "lower", ("race", "sex")),
    ]
