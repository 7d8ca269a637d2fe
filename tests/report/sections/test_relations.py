"""The order of the factors: drawn, listed and told."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

from explained import FACTORS, example
from pictures import SVG

from fairaudit.report.document import findings
from fairaudit.report.sections import relations


def test_the_order_shows_every_factor_and_a_line_for_each_direct_relation():
    svg = ElementTree.fromstring(relations.picture(example()).svg)
    assert {"".join(node.itertext()) for node in svg.iter(f"{SVG}text")} == set(FACTORS)
    lines = [node for node in svg.iter(f"{SVG}g") if re.fullmatch(r".*line2d_\d+", node.get("id", ""))]
    paths = [node for node in svg.iter(f"{SVG}path") if "stroke-opacity" in node.get("style", "")]
    assert max(len(lines), len(paths)) == 2


def test_findings_name_the_order_the_gap_and_who_has_no_say():
    told = " ".join(findings(example()))
    for words in (
        "On 2 of 3 pairs of factors glm and boosting agree which of the two matters more",
        "the longest chain is priors > degree",
        "The largest gap in glm is that of Male (sex): +0.250 log-odds, to which priors adds +0.300",
        "Network has no say, as it predicts clearly worse",
    ):
        assert words in told


def test_the_longest_chain_follows_direct_relations_from_the_top():
    chain = relations.longest_chain(example())
    direct = {(relation.primary, relation.secondary) for relation in example().relations if relation.direct}
    assert chain[0] in example().levels[0]
    assert all(pair in direct for pair in pairwise(chain))
