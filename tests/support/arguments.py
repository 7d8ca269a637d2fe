"""Arguments that tests of several commands share."""

QUICK = ["--bootstrap", "40", "--permutations", "39"]
"""Few draws, for commands whose numbers are not looked at."""
BASE = ["--prediction", "score", "--protected", "sex"]
"""What is measured of the small table."""
FIT = ["t.csv", "--target", "y", "--protected", "sex", "--features", "score", "--features", "text", *QUICK]
"""What is fitted on it."""
