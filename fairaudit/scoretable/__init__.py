"""The score table: the counts from which everything in an audit is computed, and the cells that they are of."""
