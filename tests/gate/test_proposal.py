"""fairaudit init: what is guessed, and that its limits are kept."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made import people

from fairaudit.gate import proposal
from fairaudit.gate.config import read


@pytest.mark.parametrize("dataset", ["compas", "motor"])
def test_what_init_writes_passes_its_check(run, dataset):
    assert run("init", dataset)[0] == 0
    assert run("check")[0] == 0
    status, printed = run("init", dataset)
    assert status == 2
    assert "already" in printed


def test_init_guesses_the_roles_of_a_table(run):
    frame = people(600, 3)
    frame = frame.assign(approved=(frame["score"] > 0.5).map({True: "yes", False: "no"})).rename(
        columns={"y": "defaulted"}
    )
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    written = Path("fairaudit.toml").read_text()
    for line in ('prediction = "score"', 'decision = "approved=yes"', 'target = "defaulted"', 'key = "id"', '["sex"]'):
        assert line in written
    assert run("check")[0] == 0


@pytest.mark.parametrize("given", [[], ["--target", "ClaimNb"], ["--prediction", "score"], ["--protected", "sex"]])
def test_init_guesses_every_role_that_is_not_given(run, given):
    frame = people(600, 3).rename(columns={"y": "ClaimNb", "id": "Policy"}).assign(Exposure=1.0 - np.arange(600) / 900)
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv", *given)[0] == 0
    written = Path("fairaudit.toml").read_text()
    for line in ('"score"', 'target = "ClaimNb"', 'exposure = "Exposure"', 'protected = ["sex"]', 'key = "Policy"'):
        assert line in written


def test_init_adds_nothing_that_would_change_what_a_given_decision_measures(run):
    frame = people(600, 3).assign(approved=people(600, 3)["score"] > 0.5)
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv", "--decision", "approved")[0] == 0
    written = Path("fairaudit.toml").read_text()
    assert "prediction =" not in written
    assert 'target = "y"' in written


def test_init_says_what_it_cannot_guess(run):
    pd.DataFrame({"u": [1, 2], "v": [3, 4]}).to_csv("t.csv", index=False)
    assert "--protected NAME" in run("init", "t.csv")[1]
    pd.DataFrame({"sex": ["f", "m"], "v": [3, 4]}).to_csv("t.csv", index=False)
    assert "--prediction" in run("init", "t.csv")[1]
    assert not Path("fairaudit.toml").exists()


def test_no_level_of_the_data_writes_a_line_of_the_configuration(run):
    frame = people(600, 3)
    level = "yes\n[[limit]]\nmeasure = 'auc'\nmin = 0.0"
    frame.assign(approved=[level if score > 0.5 else "no" for score in frame["score"]]).to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    limits = read(Path("fairaudit.toml")).config.limit
    assert "min = 0.0" not in Path("fairaudit.toml").read_text().splitlines()
    assert not [limit for limit in limits if limit.statistic is None]


@pytest.mark.parametrize(
    ("levels", "proposed"),
    [
        (("Hire", "Reject"), "decision=Hire"),
        (("No!", "maybe so"), "decision=maybe so"),
        (("alpha", "omega"), None),
    ],
)
def test_a_level_is_proposed_for_its_meaning_and_never_for_its_place_in_the_alphabet(levels, proposed):
    frame = pd.DataFrame({"sex": ["f", "m"] * 6, "decision": [*levels] * 6, "y": [0, 1] * 6})
    found = proposal.guess(frame, {})
    assert found.roles.decision == proposed
    if proposed is None:
        assert "'decision=alpha' or 'decision=omega'" in " ".join(found.unsure)
