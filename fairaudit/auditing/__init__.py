"""From a score table to the frozen `Audit`."""
