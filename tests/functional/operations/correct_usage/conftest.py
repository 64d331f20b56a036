"""A record to correct."""

from __future__ import annotations

import pytest

from tests.functional.operations.desk import Desk


@pytest.fixture
def delivered(desk: Desk) -> Desk:
    """One instance, one delivered record of 2.5."""
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.push()
    return desk
