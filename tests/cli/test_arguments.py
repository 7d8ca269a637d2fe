"""What a command line says of models and of what is written."""

from pathlib import Path

import pytest
from arguments import FIT, QUICK


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fit", *FIT, "--max-loss", "1", "--reduce", "90"), "give --reduce or --max-loss, not both"),
        (("fit", *FIT, "--max-loss", "-1"), "max-loss is -1"),
        (("fit", *FIT, "--power", "1.2"), "only the family tweedie has one"),
        (("fit", *FIT, "--penalty", "none", "--group-weight", "equal"), "group-weight and penalize are of the penalty"),
        (("fit", *FIT, "--save", "t.csv"), "'t.csv' is the source"),
        (("fit", *FIT, "--save", "m.pkl"), "--save writes a skops file, never a pickle, but 'm.pkl' is not called so"),
        (("fit", *FIT, "--predictions", "p.json"), "'p.json' is not called so; write p.csv"),
        (("audit", "t.csv", "--model", "none.skops", *QUICK), "model 'none.skops' does not exist"),
        (("audit", "t.csv", "--model", "t.csv", *QUICK), "'t.csv' is no model file"),
        (("calibrate", *FIT, "--rule", "best"), "rule 'best' is unknown; choose one of reduce:90"),
        (("calibrate", *FIT, "--strengths", "1,x"), "strengths are '1,x'; numbers between commas"),
        (("calibrate", *FIT, "--penalty", "none"), "a calibration needs a penalty"),
        (("calibrate", *FIT, "--folds", "1"), "at least 2 and 1 are needed"),
        (("calibrate", *FIT, "--resume", "t.csv"), "'t.csv' is the source as well"),
        (("calibrate", *FIT, "--resume", "r.json", "--report", "r.json"), "'r.json' is another output as well"),
    ],
)
def test_a_mistake_about_models_exits_with_2_and_one_message(run, table, arguments, words):
    before = Path("t.csv").read_bytes()
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err.replace("\n", " ")
    assert "Traceback" not in err
    assert Path("t.csv").read_bytes() == before
