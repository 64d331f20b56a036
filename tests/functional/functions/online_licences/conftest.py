"""A world in which licences are sold."""

from __future__ import annotations

import pytest

from tests.support.licences import LicenseWorld


@pytest.fixture
def world() -> LicenseWorld:
    """Nothing sold yet."""
    return LicenseWorld()
