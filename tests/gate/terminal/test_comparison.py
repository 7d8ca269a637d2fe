"""A comparison on a terminal, at 80 columns."""

from kinds import comparison
from msgspec import structs

from fairaudit.gate.terminal.comparison import render

ONE = comparison()
(GREW,) = ONE.differences


def test_a_change_for_the_worse_is_marked_and_one_for_the_better_is_too():
    worse = structs.replace(GREW, better="lower")
    better = structs.replace(GREW, better="higher")
    lines = render(structs.replace(ONE, differences=[worse, better])).splitlines()
    assert [line[-1] for line in lines if line.startswith("selection rate")] == ["!", "+"]


def test_what_is_not_beyond_chance_is_shown_on_request_only():
    chance = structs.replace(ONE, differences=[structs.replace(GREW, p_value=0.5)])
    assert "selection rate" not in render(chance)
    assert "0 of 1 measures changed beyond chance.\n--all shows them." in render(chance)
    assert "selection rate" in render(chance, every=True)


def test_no_line_is_longer_than_eighty_characters():
    long = structs.replace(GREW, by=["a" * 40, "b" * 60])
    source = structs.replace(ONE.before, name="x" * 200)
    text = render(structs.replace(ONE, before=source, differences=[long], alone=["a"] * 1000))
    assert max(map(len, text.splitlines())) <= 80
