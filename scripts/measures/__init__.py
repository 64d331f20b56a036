"""Measurements of the bundle: counts, ratios and peaks of one run."""
