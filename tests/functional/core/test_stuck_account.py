"""One account that cannot be written keeps nobody else's usage from being billed."""

from __future__ import annotations

from pathlib import Path

import pytest

from koogallery.adapters.urls import open_state
from koogallery.slots import meter_key
from koogallery.state import Item, ItemTooLarge
from tests.functional.operations.desk import desk_in


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
