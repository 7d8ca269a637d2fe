"""JUnit: valid by its schema, and counts what it holds."""

import io
from pathlib import Path

import every_finding
import xmlschema
from made import HEAD, LIMIT

from fairaudit.gate.formats import render

JUNIT = Path(__file__).parents[2] / "reference" / "junit.xsd"


def test_junit_is_valid_by_its_schema_and_counts_what_it_holds(hostile):
    text = render(hostile, "junit")
    schema = xmlschema.XMLSchema(str(JUNIT))
    schema.validate(io.StringIO(text))
    root = xmlschema.XMLResource(text).root
    cases = root.findall(".//testcase")
    assert len(cases) == len(hostile.findings) == int(root.get("tests"))
    assert len(root.findall(".//failure")) == int(root.get("failures")) == sum(each.fails for each in hostile.findings)
    assert len(root.findall(".//skipped")) == int(root.find("testsuite").get("skipped"))


def test_junit_has_an_error_where_nothing_could_be_assessed(checked):
    text = render(checked(HEAD.replace("[options]", "[options]\nmin-group = 9000") + LIMIT + "max = 1\n"), "junit")
    xmlschema.XMLSchema(str(JUNIT)).validate(io.StringIO(text))
    assert '<testsuites name="fairaudit check" tests="1" failures="0" errors="1"' in text


def test_the_whole_output(golden):
    golden("check.junit.xml", render(every_finding.check(), "junit"))
