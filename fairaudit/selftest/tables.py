"""Published tables small enough to be written down, and a measure's law on a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fairaudit.arrays import Floats
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.chance.laws import Law
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.measures.group_values import group_values
from fairaudit.options import Options

LONGLEY = """
60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962
"""
"""NIST StRD, Longley: employment; price deflator, national product, unemployed, armed forces, population, year."""
NORRIS = """
0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3 449.1 448.6 778.9 777.0
559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0 448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1
998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3 0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0
10.2 11.1 117.6 118.3 228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5
"""
"""NIST StRD, Norris: pairs of y and x."""
HOUSING = """
21 21 28 34 22 36 10 11 36 61 23 17 43 35 40 26 18 54 13 9 10 8 8 12 6 7 9 18 6 7 15 13 13 7 5 11
14 19 37 17 23 40 3 5 23 78 46 43 48 45 86 15 25 62 20 23 20 10 22 24 7 10 21 57 23 13 31 21 13 5 6 13
"""
"""Madsen 1976, as `housing` in R's MASS: people by satisfaction (fastest), influence, type of housing and contact."""
POOR = (
    "00001101001011001011101000000000100110110000000001100010001010011101101111000110100000010000000000001111110001000"
)
"""Turck et al. 2010 (doi:10.1007/s00134-009-1641-y), as `aSAH` in R's pROC: outcome of 113 patients, 1 is poor."""
S100B = """
.13 .14 .1 .04 .13 .1 .47 .16 .18 .1 .12 .1 .44 .71 .04 .08 .49 .04 .07 .33 .09 .09 .07 .11 .07 .17 .07 .11
.13 .19 .05 .16 .41 .14 .34 .35 .48 .09 .96 .25 .5 .46 .16 .07 .43 .45 .11 .08 .09 .86 .52 .08 .06 .13 2.07 .1
.14 .15 .07 .06 .77 .05 .09 .3 .03 .09 .04 .23 .7 .09 .27 .71 .08 .26 .08 .16 .09 .13 .1 .08 .11 .33 .11 .28
.07 .1 .32 .22 .07 .05 .24 .38 .1 .15 .08 .14 .1 .07 .04 .19 .56 .14 .58 .32 .82 .74 .15 .47 .17 .44 .15 .5 .48
"""
"""The same: their S100 calcium binding protein B, in µg/l."""


def numbers(text: str, columns: int = 1) -> Floats:
    """The numbers of a table, row by row, shape (n, columns)."""
    result: Floats = np.array(text.split(), dtype=np.float64).reshape(-1, columns)
    return result


def law(frame: pd.DataFrame, measure: str, **roles: Any) -> Law:
    """What is known of a measure in some rows: those of the first of two groups, both of which are these rows."""
    options = Options(bootstrap=2, permutations=0, min_group=1)
    both = pd.concat([frame.assign(g="a"), frame.assign(g="b")], ignore_index=True)
    table = table_scores(role_table(both, Roles(protected=(Protected.parse("g"),), **roles)), options)
    asked = frozenset({measure})
    resampled = Resampled(table, options, asked)
    values = group_values(table, resampled.grid, resampled.segments, resampled.groups[0], options, False, asked)
    found = values[measure].law
    assert found is not None
    return found
