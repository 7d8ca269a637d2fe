"""Having a value of a set has names of its own, which are told from those of other attributes."""

import pytest

from fairaudit.results.figures import cell_label, conditions_label, whom
from fairaudit.results.memberships import attribute_of, briefly, column_of, is_membership, lacks_any, membership


@pytest.mark.parametrize(("column", "value"), [("race", "Black"), ("race (US)", "Black"), ("race", "Black (any)")])
def test_a_membership_is_known_by_its_names(column, value):
    name = membership(column, value)
    assert is_membership(name.attribute, name.includes)
    assert is_membership(name.attribute, name.lacks)
    assert not is_membership(name.attribute, "(missing)")
    assert not is_membership(column, value)
    assert attribute_of(name.attribute, [column]) == column
    assert attribute_of("sex", [column]) == "sex"
    assert column_of(name.attribute, name.lacks) == column
    assert column_of("sex", "F") == "sex"
    assert briefly(name.attribute, name.lacks) == f"without {value}"
    assert lacks_any({name.attribute: name.lacks, "sex": "F"})
    assert not lacks_any({name.attribute: name.includes, "sex": "F"})


def test_groups_of_a_set_read_as_people_do():
    black, white = membership("race", "Black"), membership("race", "White")
    one = {black.attribute: black.includes}
    assert cell_label(one, one) == "race includes Black"
    assert whom(one, one) == "those whose race includes Black"
    crossed = {"sex": "F", **one, white.attribute: white.lacks}
    assert whom(crossed, crossed) == "F whose race includes Black and race does not include White"
    assert conditions_label(crossed, crossed) == "sex = F and race includes Black and race does not include White"
    assert cell_label({"sex": "F"}, ["sex"]) == whom({"sex": "F"}, ["sex"]) == "F"
    assert len(cell_label({"sex": "F" * 60}, ["sex"], 30)) == 30
