"""What cannot be written of one instance keeps nobody else's usage from being billed, nor events waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from koogallery.adapters.urls import open_state
from koogallery.slots import instance_key, meter_key
from koogallery.state import Item, ItemTooLarge
from tests.functional.operations.desk import desk_in
from tests.support.world import World


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
