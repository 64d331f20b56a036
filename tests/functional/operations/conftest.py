"""Fixtures of the operator's commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.operations.desk import Desk, desk_in


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with an empty state."""
    return desk_in(tmp_path)
