"""Sets of attributes by which groups are formed."""

import pytest

from fairaudit.data.groupings import MOST_GROUPINGS, groupings, refuse_many_groupings
from fairaudit.data.roles import Protected, Roles
from fairaudit.errors import RoleError


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (3, [1, 1, 1, 2, 2, 2, 3]), (4, [1] * 4 + [2] * 6 + [4])])
def test_groups_are_of_single_attributes_pairs_and_all(count, sizes):
    assert [len(chosen) for chosen in groupings(count)] == sizes


def test_as_many_sets_of_groups_as_are_compared_are_accepted_and_no_more():
    most = max(count for count in range(1, 50) if len(groupings(count)) <= MOST_GROUPINGS)
    refuse_many_groupings([1] * most)
    with pytest.raises(RoleError, match=f"form {len(groupings(most + 1))} sets of groups"):
        refuse_many_groupings([1] * (most + 1))


def test_each_value_of_a_set_forms_groups_with_every_other_attribute():
    with pytest.raises(
        RoleError, match=r"102 protected attributes \(each value of a set counts as one\) form 403 sets"
    ):
        refuse_many_groupings([100, 1, 1])  # 102 alone, 100 + 100 + 1 in pairs, 100 all together


def test_roles_name_too_many_attributes_before_a_table_is_read():
    with pytest.raises(RoleError, match="5,000 protected attributes form 12,502,501 sets of groups"):
        Roles(protected=tuple(Protected(f"a{place}") for place in range(5000)))
