"""A process that dies anywhere on a licence's way loses nothing and sends nothing without end."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

import pytest

from koogallery.state import State
from tests.functional.functions.online_licences.applications import (
    INTERNAL,
    LICENCE,
    REFUSED,
    application,
    applied,
    later,
    shown,
)
from tests.support.dying_state import ProcessDied
from tests.support.licences import LOST, LicenseWorld
from tests.support.mortal import Life


def test_no_death_loses_or_doubles_an_application(sqlite_state: State) -> None:
    def story(life: Life) -> None:
        world = LicenseWorld(sqlite_state)
        instance_id, event_id = world.open_online(), uuid.uuid4().hex
        with suppress(ProcessDied):
            world.new(application(instance_id, event_id), life=life)
        assert world.new(application(instance_id, event_id))["resultCode"] == "000000"
        later(world, 2, 600)
        assert [one["license_id"] for one in world.seller_product.told("license.requested")] == [event_id]

    whole = Life()
    story(whole)
    assert whole.calls >= 4
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            story(Life(number, before=before))


def test_no_death_loses_a_licence_that_was_given(sqlite_state: State) -> None:
    def story(life: Life) -> None:
        world, event_id = LicenseWorld(sqlite_state), uuid.uuid4().hex
        applied(world, event_id)
        with suppress(ProcessDied):
            world.give(event_id, LICENCE, life=life)
        assert world.give(event_id, LICENCE)[0] == 200
        later(world, 2, 600)
        assert shown(world, event_id)["status"] == "delivered"
        assert len(world.ends.taken) == 1

    whole = Life()
    story(whole)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            story(Life(number, before=before))


@pytest.mark.parametrize("first", [None, INTERNAL, LOST, REFUSED])
def test_no_death_during_an_upload_sends_it_more_than_twice(sqlite_state: State, first: Any) -> None:
    def story(life: Life) -> tuple[str, int]:
        world, event_id = LicenseWorld(sqlite_state), uuid.uuid4().hex
        applied(world, event_id)
        world.give(event_id, LICENCE)
        world.ends.script = [first] if first else []
        with suppress(ProcessDied):
            world.deliver(life=life)
        later(world, 5)
        assert not world.pointers()
        return shown(world, event_id)["status"], len(world.ends.taken)

    whole = Life()
    expected, _ = story(whole)
    known = first in (INTERNAL, REFUSED)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            status, sent = story(Life(number, before=before))
            # A run that dies in the call leaves a lost answer; with another one before it, it is left to a person.
            assert status in {expected, "delivered", "unclear"}, (number, before)
            assert sent <= (3 if known else 2), (number, before)
            assert status == "delivered" or first in (LOST, REFUSED), (number, before)
