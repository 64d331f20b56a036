"""The known answers of tests/vectors, one pytest parameter per vector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[2] / "vectors"


def document(name: str) -> dict[str, Any]:
    """Return a whole vector file."""
    loaded: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def vectors(name: str) -> list[Any]:
    """Return the vectors of a file as parameters named by their ids."""
    return [pytest.param(vector, id=vector["id"]) for vector in document(name)["vectors"]]


def listed(name: str, group: str) -> list[Any]:
    """Return (vector, value) for every entry of ``acceptAlso`` or ``reject`` of a file."""
    return list(_listed(name, group))


def _listed(name: str, group: str) -> Iterator[Any]:
    for vector in document(name)["vectors"]:
        for label, value in vector[group].items():
            yield pytest.param(vector, value, id=f"{vector['id']}-{label}")
