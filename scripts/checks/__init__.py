"""``scripts/test``: every check of the project, one after another."""
