"""How a copy of the bundle is called in an account, for all who make, look at or describe it."""

from __future__ import annotations

import re

PACKAGE = "default"
"""FunctionGraph's application that all functions are in."""
ALIAS = "live"
"""What gateway, timers and reserved instances call of a function."""
TAG = "koogallery-bundle"
"""Key of the mark by which the bundle knows its own; the value is the stage."""
STAGE = re.compile(r"[a-z][a-z0-9]{0,15}")
"""A stage is part of every name; without underscore, so that no stage's names begin like another's."""
STAGE_FORM = "a lower-case letter, then at most 15 lower-case letters or digits"
FUNCTION_METRICS, FUNCTION_DIMENSION = "SYS.FunctionGraph", "package-functionname"
"""Where Cloud Eye keeps FunctionGraph's metrics."""


def prefix(stage: str) -> str:
    """Begins every name; it is also the whole name of what there is once."""
    return f"koogallery_{stage}"


def metric_value(function: str) -> str:
    """The value of ``FUNCTION_DIMENSION`` for a function by its name in the account."""
    return f"{PACKAGE}-{function}"
