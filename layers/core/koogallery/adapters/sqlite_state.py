"""State in one SQLite file: the embedded store of a single machine.

Durability: write-ahead log with ``synchronous=NORMAL``. A commit has been handed to the operating system before
the call returns, so it survives the death of the process (kill -9). Only a power cut can take the last commits
back, and even that never damages the file. ``synchronous=FULL`` would cover it by waiting for the disk at every
write.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from koogallery.adapters.limits import check_document, check_key, check_range, is_empty_range
from koogallery.clock import Clock, SystemClock
from koogallery.state import Item, Key, State, StateMisconfigured, StateUnavailable

BUSY_SECONDS = 4.0
"""How long a call waits for another process's write; below the five seconds that a callback has."""
OPEN_TRIES = 40
OPEN_PAUSE_SECONDS = 0.05
RETRYABLE_PRIMARY_CODES = {5, 6, 10, 13}
"""SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL (sqlite.org, "Result and Error Codes")."""

_TABLE = """
create table if not exists item (
    partition text not null,
    sort text not null,
    version integer not null,
    document text not null,
    primary key (partition, sort)
) without rowid
"""
_GET = "select partition, sort, version, document from item where partition = ? and sort = ?"
_PUT = "insert into item values (?, ?, 1, ?) on conflict do nothing"
_REPLACE = "update item set version = version + 1, document = ? where partition = ? and sort = ? and version = ?"
_DELETE = "delete from item where partition = ? and sort = ?"
# sort is never empty, so "" as the lower bound is below everything. Two statements, as only a plain upper bound
# lets SQLite stop reading there.
_QUERY = "select partition, sort, version, document from item where partition = ? and sort > ? order by sort limit ?"
_QUERY_UP_TO = """
select partition, sort, version, document from item
where partition = ? and sort > ? and sort <= ? order by sort limit ?
"""


class SqliteState(State):
    """The state port over a file, for any number of threads and processes. Text compares by its UTF-8 bytes."""

    def __init__(self, file: Path, clock: Clock | None = None) -> None:
        self._file = file
        self._clock = clock or SystemClock()
        self._local = threading.local()

    def get(self, key: Key) -> Item | None:
        """The item, or None."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among ``keys``."""
        for key in keys:
            check_key(key)
        found: dict[Key, Item] = {}
        with _port_errors():
            connection = self._connection()
            for key in dict.fromkeys(keys):
                found.update((key, _item(row)) for row in connection.execute(_GET, (key.partition, key.sort)))
        return found

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Write version 1 unless something is there."""
        check_key(key)
        check_document(document)
        with self._writing() as connection:
            return connection.execute(_PUT, (key.partition, key.sort, document)).rowcount == 1

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Write the next version unless the item was changed or removed."""
        check_key(item.key)
        check_document(document)
        values = (document, item.key.partition, item.key.sort, item.version)
        with self._writing() as connection:
            return connection.execute(_REPLACE, values).rowcount == 1

    def delete(self, key: Key) -> None:
        """Remove."""
        self.delete_many([key])

    def delete_many(self, keys: Sequence[Key]) -> None:
        """Remove all, together."""
        for key in keys:
            check_key(key)
        if not keys:
            return
        with self._writing() as connection:
            connection.executemany(_DELETE, [(key.partition, key.sort) for key in keys])

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """Items of a partition in sort order."""
        check_range(partition, after, up_to)
        if is_empty_range(after, up_to, limit):
            return []
        with _port_errors():
            connection = self._connection()
            if up_to is None:
                rows = connection.execute(_QUERY, (partition, after, limit))
            else:
                rows = connection.execute(_QUERY_UP_TO, (partition, after, up_to, limit))
            return [_item(row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE takes the write lock at once and waits for it: a transaction that takes it only at its
        # first write fails without waiting when another process has written meanwhile.
        with _port_errors():
            connection = self._connection()
            connection.execute("begin immediate")
            with connection:
                yield connection

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection: a transaction belongs to a connection, so threads must not share one."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StateMisconfigured(f"the folder of STATE_URL cannot be made: {exc.strerror}") from exc
        for _ in range(OPEN_TRIES):
            try:
                return self._connect()
            except sqlite3.OperationalError as exc:
                if not _is_retryable(exc):
                    raise
                # Switching a new file to the write-ahead log fails at once when two processes do it together.
                self._clock.sleep(OPEN_PAUSE_SECONDS)
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file, timeout=BUSY_SECONDS, isolation_level=None, factory=_Connection, check_same_thread=False
        )
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(_TABLE)
        return connection


class _Connection(sqlite3.Connection):
    """Closes itself when its thread has ended, perhaps from another thread."""

    def __del__(self) -> None:
        # Not even opened: there is nothing to close.
        with suppress(sqlite3.ProgrammingError):
            self.close()


@contextmanager
def _port_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        if _is_retryable(exc):
            raise StateUnavailable(f"the state file did not take the call: {exc}") from exc
        raise StateMisconfigured(f"the file of STATE_URL cannot be used: {exc}") from exc


def _is_retryable(exc: sqlite3.Error) -> bool:
    # Python 3.10 has no sqlite_errorcode: only the message tells.
    code = getattr(exc, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in RETRYABLE_PRIMARY_CODES
    return any(word in str(exc) for word in ("locked", "disk I/O", "is full"))


def _item(row: tuple[str, str, int, str]) -> Item:
    partition, sort, version, document = row
    return Item(Key(partition, sort), version, document)
