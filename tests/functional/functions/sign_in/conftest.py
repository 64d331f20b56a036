"""An auth centre on loopback, and a tenant whose one user may sign in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from koogallery.clock import FrozenClock
from tests.support.auth_centre import AuthCentre
from tests.support.sign_in_world import AT, SignInWorld


@pytest.fixture
def centre() -> Iterator[AuthCentre]:
    """The auth centre of a tenant, at ``AT``."""
    with AuthCentre(FrozenClock(AT)) as centre:
        yield centre


@pytest.fixture
def world(centre: AuthCentre) -> SignInWorld:
    """Tenant, application and user synced."""
    world = SignInWorld(centre)
    world.sync()
    return world
