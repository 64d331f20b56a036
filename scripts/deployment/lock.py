"""One apply at a time. The control APIs have no compare-and-set, but two things that make one.

An API group's name is taken by exactly one creation, and its id is never used again. So the lock is an empty API
group of a fixed name whose remark says who holds it and until when; whoever finds it expired deletes that id and
creates it anew, and of two who do so one fails at either call. Steps are safe without the lock as well, each looks
before it creates and overwrites with the same content; the lock keeps applies of *different* states from mixing.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

from deployment.actual import Account
from deployment.errors import Busy, CloudError, NotFinished, NotFound, Rejected, Unavailable
from deployment.names import BUCKET, LOCK, read_mark
from deployment.read_gateway import SERVICE

LEASE = timedelta(minutes=3)
RENEWED_AT = timedelta(minutes=1)
POLL_SECONDS = 5.0
MAX_WAIT = timedelta(minutes=5)
MAX_BLIND = 5
"""Refused creations without a group to be seen: the list may lag, or it was refused for another reason."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def default_owner() -> str:
    """Who applies: host and process, and something to tell apart containers that have both in common."""
    place = re.sub(r"[^A-Za-z0-9.-]", "-", f"{socket.gethostname()}-{os.getpid()}")[:60]
    return f"{place}-{secrets.token_hex(4)}"


class Lock:
    """A lease on the stage. ``keep`` is called before every step."""

    def __init__(self, account: Account, owner: str, report: Callable[[str], None], bucket: str = "") -> None:
        self._account = account
        self._owner = owner
        self._report = report
        self._bucket = bucket
        self._name = account.names.full(LOCK)
        self._id = ""
        self._blind = 0
        self._until = datetime.min.replace(tzinfo=timezone.utc)

    def keep(self) -> None:
        """Renew the lease when a part of it has passed; raises ``NotFinished`` when somebody took it over."""
        if self._until - self._now() > LEASE - RENEWED_AT:
            return
        until = self._now() + LEASE
        body = {"name": self._name, "remark": self._remark(until)}
        try:
            self._call("update_api_group_v2", group_id=self._id, body=body)
        except NotFound:
            raise NotFinished("another apply took over after this one had paused too long; run plan again") from None
        self._until = until

    def acquire(self) -> None:
        """Wait for the lock, at most ``MAX_WAIT``; raises ``Busy``."""
        started = self._now()
        while not self._try():
            if self._now() - started > MAX_WAIT:
                raise Busy(f"another apply of stage {self._account.names.stage} holds the lock; wait for it to end")
            self._account.cloud.clock.sleep(POLL_SECONDS)

    def release(self, once: bool = False) -> None:
        """Give the lock back; one that was lost is somebody else's."""
        try:
            self._call("delete_api_group_v2", once=once, group_id=self._id)
        except NotFound:
            return

    def _try(self) -> bool:
        until = self._now() + LEASE
        remark = self._remark(until)
        try:
            made = self._call("create_api_group_v2", once=True, body={"name": self._name, "remark": remark})
        except (Rejected, Unavailable) as exc:
            return self._after_refusal(exc, until)
        self._id, self._until = str(made["id"]), until
        return True

    def _after_refusal(self, failure: Rejected | Unavailable, until: datetime) -> bool:
        row = self._row()
        if row is None:
            self._blind += 1
            if self._blind > MAX_BLIND:
                raise failure
            return False
        self._blind = 0
        holder = read_mark(row["remark"])
        if not self._account.names.owns(row["remark"]):
            raise Busy(f"API group {self._name} exists and is not this bundle's; remove it")
        if holder.get("owner") == self._owner:
            self._id = str(row["id"])
            self._until = until - LEASE
            self.keep()
            return True
        if is_over(row["remark"], self._now()):
            self._report(f"taking over from {holder.get('owner')}, which stopped without ending")
            try:
                self._call("delete_api_group_v2", group_id=row["id"])
            except NotFound:
                return False
        else:
            self._report(f"{holder.get('owner')} is applying; its lease ends {holder.get('until')}")
        return False

    def _row(self) -> dict[str, str] | None:
        rows = self._account.cloud.offset_pages(
            SERVICE,
            "list_api_groups_v2",
            "groups",
            instance_id=self._account.gateway,
            name=self._name,
            precise_search="name",
        )
        return next((row for row in rows if row["name"] == self._name), None)

    def _remark(self, until: datetime) -> str:
        return self._account.names.mark(owner=self._owner, until=until.strftime(_FORM), **{BUCKET: self._bucket})

    def _now(self) -> datetime:
        return self._account.cloud.clock.now()

    def _call(self, operation: str, once: bool = False, **parameters: object) -> dict[str, str]:
        reply: dict[str, str] = self._account.cloud.call(
            SERVICE, operation, f"API group {self._name}", once=once, instance_id=self._account.gateway, **parameters
        )
        return reply


def is_over(remark: str, now: datetime) -> bool:
    """Whether a lock with this remark was left behind."""
    return _moment(read_mark(remark).get("until")) <= now


def _moment(text: str | None) -> datetime:
    try:
        return datetime.strptime(text or "", _FORM).replace(tzinfo=timezone.utc)
    except ValueError:
        return datetime.min.replace(tzinfo=timezone.utc)


@contextmanager
def held(account: Account, owner: str, report: Callable[[str], None], bucket: str = "") -> Iterator[Callable[[], None]]:
    """The lock for the length of a block; yields what to call before every step. ``bucket``: one about to be made.

    A bundle without routes has no gateway to keep the lock in; its steps converge by themselves.
    """
    if not account.gateway:
        yield lambda: None
        return
    lock = Lock(account, owner, report, bucket)
    lock.acquire()
    try:
        yield lock.keep
    except BaseException:
        with suppress(CloudError):
            lock.release(once=True)
        raise
    lock.release()
