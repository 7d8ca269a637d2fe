"""Models fitted with a fairness penalty: mean loss + λ · penalty."""
