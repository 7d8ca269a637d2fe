"""The manifest: what repeats the result, and nothing that was not given."""

from __future__ import annotations

from example import binary
from explained import example

from fairaudit import power
from fairaudit.report.sections import manifest
from fairaudit.results.selftest import SelfTest


def test_versions_seed_source_and_given_arguments_are_listed():
    facts = {row[0].text: row[1].text for row in manifest.table(binary()).rows}
    assert facts["seed"] == "7"
    assert facts["SHA-256 of the source"] == binary().source.sha256
    assert facts["package numpy"] == "2.1.0"
    assert facts["argument protected"] == "race, sex, age"
    assert "argument threshold" not in facts


def test_audits_and_explanations_have_the_same_kind_of_manifest():
    planned = power(groups=[50, 50], rate=0.2, tables=0)
    checked = SelfTest(status=0, agreed=0, cases=[], manifest=planned.manifest)
    for section, result in zip(manifest.SECTIONS, (binary(), example(), planned, checked), strict=True):
        assert section.content(result).title == "Manifest: how to repeat this"
