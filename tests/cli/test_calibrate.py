"""fairaudit calibrate."""

from arguments import FIT

import fairaudit


def test_a_calibration_shows_its_path_and_goes_on_from_its_file(run, table):
    frame = table.assign(y=[(k % 7 < 3) == (k % 2 == 0) for k in range(len(table))])
    frame["text"] = ["high" if k % 2 and k % 3 else "low" for k in range(len(table))]
    frame.to_csv("t.csv", index=False)
    arguments = ("calibrate", *FIT, "--steps", "4", "--folds", "3", "--resume", "folds.jsonl", "--json")
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    audit = fairaudit.from_json(out)
    assert len(audit.path) == 4
    assert audit.calibration.rule == "reduce:90"
    assert run(*arguments)[1] == out
