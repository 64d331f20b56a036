"""Faults on request: each is programmed, counted, and gone when it was used up.

A call fault answers a whole call wrongly, before or after the marketplace has booked it. A record fault concerns the
records of one instance.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from koogallery_simulator.codes import CODES_WITH_EXTRA_INFO, GATEWAY_ERRORS, status_and_message
from koogallery_simulator.http_messages import ANSWER, HANG, RESET, Reply, json_reply

USAGE = "usage"
ORDER = "order"
OLD_USAGE = "old-usage"
ACTIVATE = "activate"
HEARTBEAT = "heartbeat"
SOFTWARE_USAGE = "software-usage"
UPLOAD = "upload"
ANY = "any"
PLACES = (USAGE, ORDER, OLD_USAGE, ACTIVATE, HEARTBEAT, SOFTWARE_USAGE, UPLOAD)

LONGEST_HANG = 120.0


@dataclass
class CallFault:
    """``times`` calls of ``where`` get it; with ``after_booking`` the call is carried out first, the answer lost."""

    action: str
    where: str = ANY
    times: int = 1
    after_booking: bool = False
    code: str = ""
    status: int = 0
    body: bytes = b""
    content_type: str = "application/json"
    seconds: float = 0.0
    used: int = 0

    def reply(self, where: str) -> Reply:
        """The answer, in the words of the interface that was called."""
        if self.action in (HANG, RESET):
            return Reply(action=self.action, seconds=min(self.seconds, LONGEST_HANG))
        if self.code:
            return error_reply(where, self.code, self.status)
        return Reply(self.status, self.body, self.content_type)


def error_reply(where: str, code: str, status: int = 0, *, members: Mapping[str, object] | None = None) -> Reply:
    """The documented answer of a top-level code, with more ``members``; gateway codes have the gateway's form."""
    documented, message = _order_status(code) if where == ORDER else status_and_message(code)
    if code in GATEWAY_ERRORS:
        document: dict[str, object] = {"error_msg": message, "error_code": code, "request_id": "simulated"}
    elif where == ORDER:
        document = {"resultCode": code, "resultMsg": message, "orderInfo": None}
        if code.replace(" ", "").replace("CBC.", "MKT.") in CODES_WITH_EXTRA_INFO:
            document["extra_info"] = {}
    else:
        document = {"error_code": code, "error_msg": message, **(members or {})}
    return json_reply(status or documented, document)


def _order_status(code: str) -> tuple[int, str]:
    """The order query's old codes begin with ``CBC.`` as the upload's do, under other statuses."""
    return status_and_message(code.replace("CBC.", "MKT."))


def throttle(times: int = 1, where: str = ANY, *, blank: bool = False) -> CallFault:
    """406 MKT.0250, also printed with a blank."""
    return CallFault(ANSWER, where, times, code="MKT. 0250" if blank else "MKT.0250")


def too_many_requests(times: int = 1, where: str = ANY) -> CallFault:
    """429 of the gateway."""
    return CallFault(ANSWER, where, times, code="APIGW.0308")


def error(code: str = "MKT.0999", times: int = 1, where: str = ANY, *, after_booking: bool = False) -> CallFault:
    """A documented code under its documented status; MKT.9xxx and 0100 are client faults that come as 500."""
    return CallFault(ANSWER, where, times, after_booking, code=code)


def hang(seconds: float = 30.0, times: int = 1, where: str = ANY, *, after_booking: bool = False) -> CallFault:
    """No answer for ``seconds`` (at most ``LONGEST_HANG``), then the connection is closed."""
    return CallFault(HANG, where, times, after_booking, seconds=seconds)


def reset(times: int = 1, where: str = ANY, *, after_booking: bool = False) -> CallFault:
    """The connection is reset."""
    return CallFault(RESET, where, times, after_booking)


_GARBAGE: dict[str, tuple[bytes, str]] = {
    "html": (b"<html><body>Bad gateway</body></html>", "text/html"),
    "truncated": (b'{"error_code":"MKT.00', "application/json"),
    "empty": (b"", "application/json"),
    "array": (b'["MKT.0000"]', "application/json"),
    "number": (b"0", "application/json"),
    "null": (b"null", "application/json"),
    "bytes": (b"\xff\xfe\x00\x80", "application/json"),
    "no-code": (b'{"message":"ok"}', "application/json"),
    "deep": (b"[" * 50_000, "application/json"),
    "huge": (b'{"error_code":"' + b"A" * 3_000_000 + b'"}', "application/json"),
}
GARBAGE_KINDS = tuple(_GARBAGE)


def garbage(
    kind: str = "html", times: int = 1, where: str = ANY, *, status: int = 200, after_booking: bool = False
) -> CallFault:
    """A body that is none; ``kind`` is one of GARBAGE_KINDS."""
    body, content_type = _GARBAGE[kind]
    return CallFault(ANSWER, where, times, after_booking, status=status, body=body, content_type=content_type)


FORCE_CODE = "force-code"
ABNORMAL_LATER = "abnormal-later"
REJECT_BATCH = "reject-batch"


@dataclass
class RecordFault:
    """``times`` records of ``instance_id`` get ``code``.

    FORCE_CODE: in the abnormal list of the answer; not booked. ABNORMAL_LATER: accepted, then found abnormal.
    REJECT_BATCH: a whole push that holds a record of the instance is refused with the top-level code.
    """

    kind: str
    instance_id: str
    code: str
    times: int = 1
    used: int = 0


class Faults:
    """The programme of faults; first in, first used. Thread-safe.

    ``abnormal_member``: where the abnormal list stands in a push answer: "data" (default), "" for the top level,
    another member name, or None when the interface refuses nothing and all is checked later.
    ``record_limit``: pushes with more records get MKT.9003 (1000 in the push guide, 100 on the order page).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[CallFault] = []
        self._records: list[RecordFault] = []
        self.abnormal_member: str | None = "data"
        self.record_limit = 1000

    def add(self, fault: CallFault | RecordFault) -> None:
        """Programme one."""
        with self._lock:
            if isinstance(fault, CallFault):
                self._calls.append(fault)
            else:
                self._records.append(fault)

    def take_call(self, where: str) -> CallFault | None:
        """The next fault for a call of ``where``, counted; None when all is well."""
        with self._lock:
            for fault in self._calls:
                if fault.used < fault.times and fault.where in (ANY, where):
                    fault.used += 1
                    return fault
        return None

    def take_record(self, kind: str, instance_id: object) -> RecordFault | None:
        """The next fault of that kind for a record of the instance, counted."""
        with self._lock:
            for fault in self._records:
                if fault.used < fault.times and fault.kind == kind and fault.instance_id == instance_id:
                    fault.used += 1
                    return fault
        return None

    def pending(self) -> list[CallFault | RecordFault]:
        """Faults not used up yet."""
        with self._lock:
            every: list[CallFault | RecordFault] = [*self._calls, *self._records]
            return [fault for fault in every if fault.used < fault.times]

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._calls.clear()
            self._records.clear()
            self.abnormal_member = "data"
            self.record_limit = 1000
