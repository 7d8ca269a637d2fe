"""Which factors carry a prediction, and a gap between groups."""
