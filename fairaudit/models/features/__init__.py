"""From columns to what a learner sees: encodings, designs, bins."""
