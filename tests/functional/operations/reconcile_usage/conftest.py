"""Books that are in order."""

from __future__ import annotations

import pytest

from tests.functional.operations.desk import Desk


@pytest.fixture
def billed(desk: Desk) -> Desk:
    """Two instances, three billed hours, an open one."""
    for name in ("i-1", "i-2"):
        desk.opened(name)
    for hour in range(3):
        desk.use("i-1", "1.5", f"a-{hour}")
        desk.use("i-2", "2.00001", f"b-{hour}")
        desk.push()
    desk.use("i-1", "7", "open")
    return desk
