"""What cannot be written of one instance keeps nobody else's usage from being billed, nor events waiting."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from koogallery.adapters.urls import open_state
from koogallery.ledger import sealing
from koogallery.slots import instance_key, meter_key
from koogallery.state import Item, ItemTooLarge
from tests.functional.operations.desk import desk_in
from tests.support.books import read_books
from tests.support.copies import copy_of
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import World, usage


def test_an_account_that_cannot_be_written_is_an_alarm_and_the_others_are_billed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_in(tmp_path)
    for name in ("i-1", "i-2", "i-3"):
        desk.opened(name)
        desk.use(name, "1.5", f"event of {name}")
    state = open_state(desk.state_url)
    write = state.replace_if_version

    def too_large_for_one(item: Item, document: str) -> bool:
        if item.key == meter_key("i-2"):
            raise ItemTooLarge("400001 bytes")
        return write(item, document)

    monkeypatch.setattr(state, "replace_if_version", too_large_for_one)
    report = desk.push(state=state)

    assert report["accounts_stuck"] == 1
    assert desk.marketplace.total() == "3.0"
    assert "usage_account_stuck" in capsys.readouterr().err
    desk.push()
    assert desk.marketplace.total() == "4.5"


def test_an_outbox_that_cannot_be_written_is_an_alarm_and_the_others_are_delivered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    ids = [world.shop.buy("period-year")[0] for _ in range(3)]
    write = world.state.replace_if_version

    def too_large_for_one(item: Item, document: str) -> bool:
        if item.key == instance_key(ids[1]):
            raise ItemTooLarge("400001 bytes")
        return write(item, document)

    monkeypatch.setattr(world.state, "replace_if_version", too_large_for_one)
    report = world.deliver()

    assert report == {"delivered": 3, "outboxes_stuck": 1}
    assert "outbox_stuck" in capsys.readouterr().err
    monkeypatch.undo()
    assert world.deliver() == {"delivered": 1}
    told = [event for id_ in ids for event in world.product.events(id_)]
    assert told == ["instance.created"] * 3


def test_a_record_without_a_batch_stays_in_the_meter_of_an_account_that_was_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run died between seal and batch; the next one cannot write the meter at that hour, but at a later hour."""
    monkeypatch.setattr(sealing, "INLINE_BYTES", 1)
    begun = World()
    metered = begun.open("on-demand")
    for hour in range(4):
        begun.use(usage(f"e{hour}", metered, "1.5", begun.clock.now()))
        begun.to_next_hour(minutes=30)
    whole = Life()
    copy_of(begun).push(life=whole)
    found_again = 0
    for number in range(1, whole.calls):
        world = copy_of(begun)
        with suppress(ProcessDied):
            world.push(life=Life(number))
        world.clock.advance(100)
        with monkeypatch.context() as patched:
            _fail_once(patched, world, metered)
            world.push()
        world.clock.advance(600)
        found_again += world.push().get("hours_found_again", 0)
        read_books(world.state, metered).check_sums()
        assert world.marketplace.bill.total(metered) == 6
        assert not read_books(world.state, metered).unsettled()
    assert found_again


def _fail_once(patched: pytest.MonkeyPatch, world: World, metered: str) -> None:
    """The first write of a meter does not succeed."""
    write, failed = world.state.replace_if_version, set[bool]()

    def fails_once(item: Item, document: str) -> bool:
        if item.key == meter_key(metered) and not failed:
            failed.add(True)
            raise ItemTooLarge("400001 bytes")
        return write(item, document)

    patched.setattr(world.state, "replace_if_version", fails_once)
