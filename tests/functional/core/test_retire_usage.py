"""Retention: settled usage is in the archive before it leaves the state, and leaves no earlier than it may."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from koogallery.adapters.file_archive import FileArchive
from koogallery.archive import ArchiveUnavailable
from koogallery.leases import Lease
from koogallery.ledger import sealing
from koogallery.ledger.batch import DONE, make_batch
from koogallery.ledger_store import load_batch, store_batch
from koogallery.page_reader import PageReader
from koogallery.queues import RETENTION, USAGE, partition, put_pointer
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.slots import SLOTS, page_partition
from koogallery.stores import Stored
from koogallery.use_cases import retire_usage
from tests.support.books import read_books
from tests.support.copies import copy_of
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import AT, World, usage

DAYS = 23
LEAST = timedelta(days=DAYS)
MADE = "2026-11-21T10"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Where settled usage goes."""
    return tmp_path / "archive"


@pytest.fixture(autouse=True)
def small_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few events fill a meter."""
    monkeypatch.setattr(sealing, "INLINE_BYTES", 600)


def used_world(archive: Path | None) -> tuple[World, str]:
    """An instance that made four pages at 10, one of them left behind by a report that died; the hour is billed."""
    world = World(settings={"RETENTION_DAYS": str(DAYS), "ARCHIVE_URL": f"file://{archive}" if archive else ""})
    metered = world.open("on-demand")
    for number, size in enumerate((12, 12, 12, 2)):
        report = [usage(f"{number}-{n}", metered, "0.5", world.clock.now()) for n in range(size)]
        if number == 2:
            # I/O 1 reads, then come the page and the meter.
            with suppress(ProcessDied):
                world.use(*report, life=Life(2))
        world.use(*report)
    assert [entry.number for entry in read_books(world.state, metered).meter.pages] == [1, 3, 4]
    world.to_next_hour()
    world.push()
    assert world.marketplace.bill.total(metered) == 19
    return world, metered


def pages(world: World, metered: str) -> list[str]:
    """The pages in the state."""
    return [item.key.sort for item in world.state.query(page_partition(metered), limit=100)]


def archived(archive: Path, metered: str) -> list[str]:
    """The pages in the archive."""
    return sorted(file.stem for file in (archive / "usage" / metered).glob("*.json"))


def pointers(world: World) -> list[str]:
    """What retention has to look at."""
    items = [item for slot in range(SLOTS) for item in world.state.query(partition(RETENTION, slot), limit=100)]
    return sorted(item.document for item in items)


def at_retention(world: World) -> None:
    """The first moment in which the pages of 10 may leave: they may hold events of 11."""
    world.clock.travel(AT.replace(hour=12, minute=0) + LEAST)


def test_the_pages_of_an_hour_leave_by_one_pointer_and_one_that_nobody_names_with_them(archive: Path) -> None:
    world, metered = used_world(archive)
    names = [f"{MADE}#{number:04d}" for number in (1, 2, 3, 4)]
    assert pages(world, metered) == names
    assert sum(f"pages {MADE}" in pointer for pointer in pointers(world)) == 1
    at_retention(world)
    assert world.push()["retired"] == 2
    assert pages(world, metered) == []
    assert archived(archive, metered) == [name.replace("#", "_") for name in names]
    assert pointers(world) == []


def test_pages_stay_until_nothing_in_them_can_be_reported_again(archive: Path) -> None:
    world, metered = used_world(archive)
    first = usage("0-0", metered, "0.5", AT)
    world.clock.travel(AT + timedelta(days=21))
    world.push()
    world.pages = PageReader()
    assert world.use(first)["duplicates"] == 1
    world.clock.travel(AT.replace(hour=11, minute=59, second=59) + LEAST)
    world.push()
    assert len(pages(world, metered)) == 4
    assert [one["code"] for one in world.use(first)["rejected"]] == ["too_old"]


def test_a_page_is_in_the_archive_before_it_leaves_the_state_wherever_the_run_dies(archive: Path) -> None:
    world, metered = used_world(archive)
    at_retention(world)
    names, whole = pages(world, metered), Life()
    copy_of(world).push(life=whole)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            mortal = copy_of(world)
            mortal.settings["ARCHIVE_URL"] = f"file://{archive}-{number}-{before}"
            folder = archive.with_name(f"{archive.name}-{number}-{before}")
            with suppress(ProcessDied):
                mortal.push(life=Life(number, before=before))
            left = [name.replace("#", "_") for name in pages(mortal, metered)]
            assert {*left, *archived(folder, metered)} == {name.replace("#", "_") for name in names}
            mortal.clock.advance(120)
            mortal.push()
            assert (pages(mortal, metered), pointers(mortal)) == ([], [])


def test_what_the_archive_does_not_take_stays_with_its_pointer(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, metered = used_world(archive)
    put = FileArchive.put

    def fails_at_the_third_page(self: FileArchive, name: str, content: bytes) -> None:
        if "0003" in name or name.startswith("batches"):
            raise ArchiveUnavailable("disk full")
        put(self, name, content)

    at_retention(world)
    with monkeypatch.context() as patched:
        patched.setattr(FileArchive, "put", fails_at_the_third_page)
        assert "retired" not in world.push()
    assert pages(world, metered) == [f"{MADE}#0003", f"{MADE}#0004"]
    assert len(pointers(world)) == 2
    assert world.push()["retired"] == 2
    assert (pages(world, metered), pointers(world)) == ([], [])


def test_a_run_without_time_leaves_the_rest_of_an_hour_to_the_next(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, metered = used_world(archive)
    put = FileArchive.put

    def takes_long(self: FileArchive, name: str, content: bytes) -> None:
        world.clock.advance(90)
        put(self, name, content)

    at_retention(world)
    monkeypatch.setattr(FileArchive, "put", takes_long)
    world.push()
    assert 0 < len(pages(world, metered)) < 4
    assert any(f"pages {MADE}" in pointer for pointer in pointers(world))
    for _ in range(3):
        world.push()
    assert (pages(world, metered), pointers(world)) == ([], [])


def test_a_run_retires_a_number_of_items_at_most(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = used_world(archive)
    at_retention(world)
    monkeypatch.setattr(retire_usage, "MAX_A_RUN", 1)
    assert len(pointers(world)) == 2
    assert (world.push()["retired"], len(pointers(world))) == (1, 1)
    assert (world.push()["retired"], len(pointers(world))) == (1, 0)


def test_a_batch_that_is_not_settled_is_not_retired() -> None:
    """Its pointer of retention comes before the write that settles it: the writer may have died between them."""
    world, _ = used_world(None)
    batch = make_batch("b-1", [{"metering_sn": "sn-1"}], AT)
    assert store_batch(world.state, batch, Stored(None))
    put_pointer(world.state, RETENTION, due=AT, now=AT, owner="i-1", subject="batch b-1")
    lease, counts = Lease(world.state, world.clock, USAGE), Counter[str]()
    lease.acquire(range(SLOTS))
    services = Services(Settings.load(lambda _: None), world.clock, seconds=60)
    vars(services)["state"] = world.state
    retire_usage.retire_usage(services, lease, counts)
    assert (load_batch(world.state, "b-1")[0], counts) == (batch, {})
    store_batch(world.state, replace(batch, status=DONE), load_batch(world.state, "b-1")[1])
    retire_usage.retire_usage(services, lease, counts)
    assert (load_batch(world.state, "b-1")[0], counts) == (None, {"retired": 1})


def test_without_an_archive_retention_removes_all_the_same() -> None:
    world, metered = used_world(None)
    at_retention(world)
    assert world.push()["retired"] == 2
    assert (pages(world, metered), pointers(world)) == ([], [])
