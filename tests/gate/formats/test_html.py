"""The page of a check: no name becomes markup."""

import re

import every_finding
from markup import Tags

from fairaudit.gate.formats import render


def test_no_name_becomes_markup_in_html(hostile):
    page = render(hostile, "html")
    seen = Tags()
    seen.feed(page)
    assert seen.seen.count("i") == 0
    assert seen.seen.count("b") == sum(each.fails for each in hostile.findings)
    assert "script" not in seen.seen
    assert not re.search(r"(src|href)=\"(?!data:,|#)", page)


def test_the_whole_body(golden):
    golden("check.html", render(every_finding.check(), "html").partition("</head>\n")[2])
