"""Tests stand where the modules stand that they are about."""

from pathlib import Path

import fairaudit

PACKAGE = Path(fairaudit.__file__).parent
TESTS = Path(__file__).parent

ELSEWHERE = {
    # types, and values without behaviour: each result comes back from its JSON, and has its schema
    "arrays.py": "test_architecture.py",
    "results/audit.py": "results/test_json.py",
    "results/check.py": "results/test_json.py",
    "results/comparison.py": "results/test_json.py",
    "results/curves.py": "results/test_json.py",
    "results/experts.py": "results/test_json.py",
    "results/explanation.py": "results/test_json.py",
    "results/measures.py": "results/test_json.py",
    "results/models.py": "results/test_json.py",
    "results/reduction.py": "results/test_json.py",
    "results/rule.py": "results/test_json.py",
    "results/strata.py": "auditing/test_within.py",
    "results/power.py": "results/test_json.py",
    "results/selftest.py": "results/test_json.py",
    "results/subgroups.py": "results/test_json.py",
    "results/values.py": "results/test_json.py",
    "results/verdict.py": "results/test_json.py",
    "results/verification.py": "results/test_json.py",
    "results/words.py": "auditing/test_words.py",
    # chapters of published numbers, which are claims already: each agrees
    "selftest/dependence.py": "selftest/test_run.py",
    "selftest/ranking.py": "selftest/test_run.py",
    "selftest/rates.py": "selftest/test_run.py",
    "selftest/regression.py": "selftest/test_run.py",
    "selftest/tables.py": "selftest/test_run.py",
    "selftest/univariate.py": "selftest/test_run.py",
    # skins: a command is tested with what it calls
    "cli/baseline.py": "gate/test_baseline.py",
    "cli/check.py": "gate/test_run.py",
    "cli/compare.py": "gate/test_comparing.py",
    "cli/merge.py": "data/test_stored.py",
    "auditing/tables.py": "data/test_stored.py",
    "cli/config.py": "gate/test_config.py",
    "cli/init.py": "gate/test_proposal.py",
    "cli/verify.py": "gate/test_verification.py",
    # what a file from a stranger may hold
    "models/learners/tree_text.py": "hostile/test_models.py",
    "models/restored.py": "hostile/test_models.py",
    # every engine is held to one contract
    "engines/pandas.py": "engines/test_contract.py",
    "engines/duckdb.py": "engines/test_contract.py",
    # steps of one reading, or of one inference, which are only right together
    "auditing/family.py": "auditing/test_inference.py",
    "chance/laws/curves.py": "chance/laws/test_distances.py",
    "cli/progress.py": "cli/test_streams.py",
    "fitting/numbered.py": "fitting/test_aggregating.py",
    "data/fingerprint.py": "data/test_sources.py",
    "data/reading.py": "data/test_table.py",
    "data/remote.py": "cli/test_remote.py",
    "data/rows.py": "data/test_table.py",
    "data/suffixes.py": "data/test_sources.py",
    "scoretable/encoding.py": "scoretable/test_cells.py",
    "measures/totals.py": "measures/test_subgroups.py",
    "report/sections/verdict.py": "auditing/test_verdict.py",
    "data/cleaning.py": "data/test_tidying.py",
    # the JSON of a result is written by the result
    "report/formats/json.py": "results/test_json.py",
    "report/sections/attribution/gaps.py": "report/sections/test_attribution.py",
    "report/sections/attribution/pictures.py": "report/sections/test_attribution.py",
    "report/sections/attribution/proxies.py": "report/sections/test_attribution.py",
    "report/opening.py": "report/test_document.py",
}
"""Module without a test file of its name → where its claims are, each group with its reason."""


def test_every_module_has_its_claims_in_a_file_of_its_name():
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if not path.name.startswith("__")}
    missing = {path.as_posix() for path in modules if not (TESTS / path.parent / f"test_{path.name}").is_file()}
    assert missing == set(ELSEWHERE)


def test_what_is_tested_elsewhere_is_tested_there():
    for place in set(ELSEWHERE.values()):
        assert "def test_" in (TESTS / place).read_text(encoding="utf-8"), place
