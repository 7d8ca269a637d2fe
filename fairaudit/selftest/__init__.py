"""Published numbers that this installation computes anew; every module here but `case` and `run` is a chapter of them.

A chapter states `TITLE` and `cases()`. Each case has its source; a number that could not be confirmed is left out.
"""
