"""One SQLite file, many processes, and what a killed one leaves behind."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

from koogallery.adapters.sqlite_state import SqliteState
from koogallery.adapters.urls import open_state
from koogallery.clock import FrozenClock
from koogallery.state import Key, StateMisconfigured, StateUnavailable

WRITER = Path(__file__).with_name("sqlite_writer.py")


@contextmanager
def writer(url: str, name: str, numbers: int) -> Iterator[subprocess.Popen[str]]:
    """A process of ``sqlite_writer``; killed at the end if it still runs."""
    command = [sys.executable, str(WRITER), url, name, str(numbers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_processes_that_begin_together_make_the_file_once_and_lose_nothing(sqlite_state_url: str) -> None:
    processes, each = 4, 25
    with (
        writer(sqlite_state_url, "w0", each) as w0,
        writer(sqlite_state_url, "w1", each) as w1,
        writer(sqlite_state_url, "w2", each) as w2,
        writer(sqlite_state_url, "w3", each) as w3,
    ):
        for process in (w0, w1, w2, w3):
            process.communicate(timeout=120)
            assert process.returncode == 0
    state = open_state(sqlite_state_url)
    total = state.get(Key("total", "all"))
    assert total is not None
    assert total.document == str(processes * each)
    for number in range(processes):
        assert len(state.query(f"w{number}", limit=1000)) == each


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_everything_a_killed_process_was_told_is_written_is_there(sqlite_state_url: str, lines: int) -> None:
    with writer(sqlite_state_url, "killed", 0) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    numbers = {line.strip() for line in told if line.endswith("\n")}
    state = open_state(sqlite_state_url)
    kept = {str(int(item.key.sort)) for item in state.query("killed", limit=100_000)}
    assert numbers <= kept
    assert len(kept) - len(numbers) <= 1
    assert state.put_if_absent(Key("after", "death"), "{}")


def test_the_lock_of_a_killed_process_is_gone(sqlite_state_url: str, tmp_path: Path) -> None:
    hold = (
        "import sqlite3, sys, time\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('begin immediate')\n"
        "print('held', flush=True)\n"
        "time.sleep(600)\n"
    )
    state = open_state(sqlite_state_url)
    state.put_if_absent(Key("p", "1"), "{}")
    command = [sys.executable, "-c", hold, str(tmp_path / "state.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
        finally:
            process.kill()
    assert state.put_if_absent(Key("p", "2"), "{}")


def test_a_write_waits_for_another_process_to_end_its_own(sqlite_state_url: str, tmp_path: Path) -> None:
    state = open_state(sqlite_state_url)
    state.put_if_absent(Key("p", "1"), "{}")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        timer = threading.Timer(0.1, lambda: other.execute("commit"))
        timer.start()
        assert state.put_if_absent(Key("p", "2"), "{}")
        timer.join()


def test_reading_does_not_wait_for_a_writer(sqlite_state_url: str, tmp_path: Path) -> None:
    state = open_state(sqlite_state_url)
    state.put_if_absent(Key("p", "1"), "{}")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        assert state.get(Key("p", "1")) is not None


def test_a_file_that_stays_locked_makes_the_state_unavailable(
    sqlite_state_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koogallery.adapters.sqlite_state.BUSY_SECONDS", 0.01)
    state = open_state(sqlite_state_url)
    state.put_if_absent(Key("p", "1"), "{}")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StateUnavailable):
            state.put_if_absent(Key("p", "2"), "{}")
    assert state.put_if_absent(Key("p", "2"), "{}")


def test_a_new_file_that_stays_locked_is_given_up_after_a_bounded_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koogallery.adapters.sqlite_state.BUSY_SECONDS", 0.0)
    clock = FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone.utc))
    file = tmp_path / "state.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin exclusive")
        with pytest.raises(StateUnavailable):
            SqliteState(file, clock).get(Key("p", "1"))
    assert 1.0 <= clock.monotonic() <= 5.0


def test_a_file_that_is_no_database_is_a_wrong_setting(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(StateMisconfigured):
        SqliteState(file).get(Key("p", "1"))


def test_a_folder_that_cannot_be_made_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StateMisconfigured):
        SqliteState(tmp_path / "file" / "below" / "state.db").get(Key("p", "1"))


def test_a_folder_instead_of_a_file_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(StateMisconfigured):
        SqliteState(tmp_path).get(Key("p", "1"))


@pytest.mark.parametrize(
    ("message", "expected"), [("database is locked", StateUnavailable), ("no", StateMisconfigured)]
)
def test_without_an_error_code_the_message_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, expected: type[Exception]
) -> None:
    """Python 3.10 has no ``sqlite_errorcode``."""
    state = SqliteState(tmp_path / "state.db")

    def fail() -> sqlite3.Connection:
        raise sqlite3.DatabaseError(message)

    monkeypatch.setattr(state, "_connection", fail)
    with pytest.raises(expected):
        state.get(Key("p", "1"))


def test_the_file_and_its_folder_are_made_at_the_first_use(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "state.db"
    state = SqliteState(file)
    assert not file.exists()
    assert state.put_if_absent(Key("p", "1"), "{}")
    assert file.exists()


def test_a_state_that_is_opened_again_finds_what_was_written(sqlite_state_url: str) -> None:
    open_state(sqlite_state_url).put_if_absent(Key("p", "1"), "kept")
    found = open_state(sqlite_state_url).get(Key("p", "1"))
    assert found is not None
    assert found.document == "kept"


def test_a_bounded_query_stops_reading_at_its_bound(tmp_path: Path) -> None:
    """A queue's pointers of tomorrow must not slow down the run of today."""
    SqliteState(tmp_path / "state.db").get(Key("p", "1"))
    from koogallery.adapters import sqlite_state

    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        plan = connection.execute(f"explain query plan {sqlite_state._QUERY_UP_TO}", ("p", "a", "b", 1)).fetchall()
    assert "partition=? AND sort>? AND sort<?" in plan[0][-1]
