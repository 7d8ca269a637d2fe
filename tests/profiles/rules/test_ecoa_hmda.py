"""Loan decisions: which action codes are decisions, and the rates of those that are."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit as fa

QUICK = fa.Options(bootstrap=0, permutations=0)
WORDS = {
    1: "Loan originated",
    2: "Application approved but not accepted",
    3: "Application denied",
    4: "Application withdrawn by applicant",
    5: "File closed for incompleteness",
    6: "Purchased loan",
    7: "Preapproval request denied",
    8: "Preapproval request approved but not accepted",
}
FILES = {  # Group → files by action code: 80, 96 and 280 decided, 30, 54 and 80 not.
    "Asian": {1: 50, 2: 10, 3: 20, 4: 12, 5: 8, 6: 10},
    "Black": {1: 40, 2: 8, 3: 48, 4: 30, 5: 20, 6: 4},
    "White": {1: 180, 2: 30, 3: 70, 4: 40, 5: 30, 6: 10},
}


def files(counts=None, read=lambda code: code):
    rows = [(g, read(code)) for g, by in (counts or FILES).items() for code, n in by.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["g", "action_taken"])


def audited(frame, **given):
    return fa.audit(frame, protected="g", profile="ecoa-hmda", options=QUICK, **given)


def column(audit, name):
    return {row.cell["g"]: row.values[name] for row in audit.rule.tables[0].rows}


@pytest.mark.parametrize("read", [int, float, str, WORDS.get, lambda code: WORDS[code].upper()])
@pytest.mark.parametrize("given", [{}, {"decision": "action_taken"}])
def test_withdrawn_incomplete_and_purchased_files_are_in_no_rate(read, given):
    """By hand: 20 of 80, 48 of 96 and 70 of 280 are denied; 164 of 620 files are no decisions."""
    audit = audited(files(read=read), **given)
    assert column(audit, "decided") == {"Asian": 80, "Black": 96, "White": 280}
    assert column(audit, "denied") == {"Asian": 20, "Black": 48, "White": 70}
    assert column(audit, "denial_rate") == pytest.approx({"Asian": 0.25, "Black": 0.5, "White": 0.25})
    assert column(audit, "denial_ratio") == pytest.approx({"Asian": 1, "Black": 2, "White": 1})
    assert column(audit, "impact_ratio") == pytest.approx({"Asian": 1, "Black": 2 / 3, "White": 1})
    assert (audit.rows.read, audit.rows.used, audit.rule.left_out) == (620, 456, 164)
    assert any("164 rows" in text for text in audit.rule.statements)


def test_requests_for_preapproval_are_left_out_unless_they_are_named():
    counts = {g: by | {7: 5, 8: 5} for g, by in FILES.items()}
    assert audited(files(counts)).rows.used == 456
    named = audited(files(counts), decision="action_taken=1,2,8")
    assert column(named, "decided") == {"Asian": 85, "Black": 101, "White": 285}
    kept = fa.Cleaning(keep="action_taken=1,2,3,7,8")
    assert audited(files(counts), decision="action_taken=1,2,8", cleaning=kept).rows.used == 456 + 30


def test_a_file_of_decisions_alone_loses_no_row():
    counts = {g: {code: by[code] for code in (1, 2, 3)} for g, by in FILES.items()}
    audit = audited(files(counts))
    assert (audit.rows.used, audit.rule.left_out) == (456, 0)


def test_a_column_of_other_words_is_read_as_it_is_named():
    frame = files({g: {1: by[1], 3: by[3]} for g, by in FILES.items()}).assign(
        granted=lambda rows: rows["action_taken"].map({1: "yes!", 3: "no!"})
    )
    assert column(audited(frame, decision="granted=yes!"), "denied") == {"Asian": 20, "Black": 48, "White": 70}


@pytest.mark.parametrize(
    ("frame", "given", "told"),
    [
        (files().rename(columns={"action_taken": "x"}), {}, "no column is called action_taken"),
        (files().replace({"action_taken": {3: 99}}), {}, "no action codes of HMDA"),
        (files({"a": {3: 30}, "b": {3: 30}}), {}, "no application that was approved"),
    ],
)
def test_what_is_no_file_of_loans_is_refused_with_what_can_be_done(frame, given, told):
    with pytest.raises(fa.RoleError, match=told):
        audited(frame, **given)


def test_where_nobody_is_denied_there_is_no_denial_ratio():
    audit = audited(files({"a": {1: 30, 3: 0}, "b": {1: 20, 3: 10}}))
    assert column(audit, "denial_ratio") == {"a": None, "b": None}
    assert audit.rule.statements[0].endswith("33.3%.")
