"""A check whose names try to break out of every format."""

import pytest
from made import EVERYTHING, people

HOSTILE = [
    "<b>|a",
    "]]>",
    "two\nlines",
    "\x1b[31mred\x07",
    "😀 ::error::x",
    "%0A::set-output",
    "\ufffe`*_[x](y)",
    "&amp;\"'",
]


@pytest.fixture
def hostile(checked):
    """A check with every verdict, of groups whose names try to break out of every format."""
    frame = people(1600, 1, gap=0.2)
    frame["region"] = [HOSTILE[k % len(HOSTILE)] for k in range(len(frame))]
    frame.loc[frame["region"] == HOSTILE[0], "score"] *= 0.3
    frame.loc[:9, "region"] = "few"
    frame.to_parquet("t.parquet")
    return checked(EVERYTHING.replace("t.csv", "t.parquet").replace("[data.main]", '[data."<i>|]]>::x"]'))
