"""From a source to a table of roles: `sources` reads, `datasets` are built in, `table` checks columns."""
