"""Every activity and path of the guides, by HTTP through the local gateway with the template's own routes.

The rows stand in ``rows_*.py``, what the guides document in ``documented.py``. The table in docs/interfaces.md names
the rows; tests/unit/project/test_interfaces.py holds that none is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functional.paths.callbacks import PAST_THE_WINDOW
from tests.functional.paths.matrix import CODES, HAPPY, ROWS
from tests.functional.paths.rows import Row
from tests.functional.paths.running import Running, run_bundle

WINDOW_CLOSED = "000002"
TAKEN = ("000000", "000004")
"""Codes of calls that may have an effect."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_bundle(tmp_path_factory.mktemp("paths")) as running:
        yield running


@pytest.mark.parametrize(("row", "address"), HAPPY)
def test_happy_path(running: Running, row: Row, address: str) -> None:
    members = row.given(running)
    request = row.speech.request(running.url(address), members, running.clock.now())
    result = row.speech.read(running.send(request))
    assert result.code == row.success
    assert set(row.answers) <= result.members.keys()
    row.shows(running, members, result)


@pytest.mark.parametrize(("row", "code"), CODES)
def test_code(running: Running, row: Row, code: str) -> None:
    labels = set()
    for label, request in row.troubles[code](running, row):
        before = running.stored()
        result = row.speech.read(running.send(request))
        assert result.code == row.expected.get(code, code), label
        assert code in TAKEN or row.harmless(before, running.stored()), label
        labels.add(label)
    assert labels


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_idempotency(running: Running, row: Row) -> None:
    members = row.given(running)
    first = row.ask(running, members)
    before = row.view(running, members, first)
    for pause in (0.5, 300):
        running.clock.advance(pause)
        again = row.ask(running, row.fresh(members))
        assert again.code == (row.repeated or first.code)
        assert {name: again.members.get(name) for name in row.lasting} == {
            name: first.members[name] for name in row.lasting
        }
        assert row.view(running, members, first) == before


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_replay(running: Running, row: Row) -> None:
    members = row.given(running)
    request = row.request(running, members)
    first = running.send(request)
    result = row.speech.read(first)
    assert result.code == row.success
    before = row.replay_view(running, members, result)
    second = running.send(request)
    assert row.speech.read(second).code == (row.replayed or row.success)
    assert row.replayed or row.speech.read(second).members == result.members
    assert row.replay_view(running, members, result) == before
    row.meanwhile(running, members, result)
    before = row.replay_view(running, members, result)
    assert row.speech.read(running.send(request)).code == (row.afterwards or row.replayed or row.success)
    assert row.replay_view(running, members, result) == before
    running.clock.advance(PAST_THE_WINDOW.total_seconds())
    before = row.replay_view(running, members, result)
    late = row.speech.read(running.send(request))
    assert not row.speech.window or late.code == WINDOW_CLOSED
    assert row.replay_view(running, members, result) == before
