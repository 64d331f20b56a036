"""Settings as FunctionGraph takes them, plain or encrypted: one JSON text for each function."""

from __future__ import annotations

import json
from collections.abc import Mapping

MAX_NAMES = 20
MAX_CHARACTERS = 4096
"""FunctionGraph: 20 names and 4096 characters, for plain and for encrypted settings each."""
REFERENCE = "csms:"
"""Begins a value that names a secret in CSMS."""


def as_text(values: Mapping[str, str]) -> str:
    """The JSON text; the same for the same settings."""
    return json.dumps(dict(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
