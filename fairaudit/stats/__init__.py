"""Measures on the score table: dependence, divergence, disparity, performance, and their uncertainty."""
