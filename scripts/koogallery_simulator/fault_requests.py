"""Faults by name, as the control API and the ``fault`` command take them."""

from __future__ import annotations

from collections.abc import Callable

from koogallery_simulator import faults
from koogallery_simulator.codes import GATEWAY_ERRORS, LICENSE_ERRORS, MARKET_ERRORS, RECORD_ERRORS, UPLOAD_ERRORS
from koogallery_simulator.documents import Fields
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.faults import ANY, PLACES, CallFault, Faults, RecordFault

MOST_TIMES = 1_000_000
_TOP_LEVEL = {**MARKET_ERRORS, **GATEWAY_ERRORS, **LICENSE_ERRORS, **UPLOAD_ERRORS}

# kind -> what it does, for help texts
KINDS = {
    "throttle": "406 MKT.0250 (with --blank printed 'MKT. 0250')",
    "too-many-requests": "429 of the gateway",
    "error": "the documented status of --code (default MKT.0999); with --after-booking the call was carried out",
    "hang": "no answer for --seconds; with --after-booking the call was carried out",
    "reset": "connection reset; with --after-booking the call was carried out",
    "garbage": f"a body that is none, --form is one of {', '.join(faults.GARBAGE_KINDS)}",
    "force-code": "records of --instance get the per-record --code and are not booked",
    "abnormal-later": "records of --instance are accepted, then listed as abnormal with --code",
    "reject-batch": "a push with a record of --instance is refused whole with --code",
    "abnormal-member": "the abnormal list stands under --form (a member name; '' = top level; 'later' = not at all)",
    "record-limit": "pushes with more than --times records get MKT.9003",
}


def add_fault(programme: Faults, fields: Fields) -> None:
    """Programme what the request asks for."""
    kind = fields.text("kind")
    if kind not in KINDS:
        raise BadRequest(f"no fault {kind[:64]!r}; there are: {', '.join(KINDS)}")
    if kind == "abnormal-member":
        member = fields.text("form")
        fields.done()
        programme.abnormal_member = None if member == "later" else member
        return
    times = fields.number("times", 1, 1, MOST_TIMES)
    if kind == "record-limit":
        fields.done()
        programme.record_limit = times
        return
    record_kinds = (faults.FORCE_CODE, faults.ABNORMAL_LATER, faults.REJECT_BATCH)
    fault = _record_fault(kind, times, fields) if kind in record_kinds else _call_fault(kind, times, fields)
    fields.done()
    programme.add(fault)


def _record_fault(kind: str, times: int, fields: Fields) -> RecordFault:
    known = MARKET_ERRORS if kind == faults.REJECT_BATCH else RECORD_ERRORS
    return RecordFault(kind, fields.text("instance_id"), _code(fields, known, None), times)


def _call_fault(kind: str, times: int, fields: Fields) -> CallFault:
    where = fields.text("where", ANY)
    if where not in (ANY, *PLACES):
        raise BadRequest(f"where must be one of {', '.join((ANY, *PLACES))}")
    return _CALL_FAULTS[kind](times, where, fields)


def _code(fields: Fields, known: dict[str, tuple[int, str]] | dict[str, str], default: str | None) -> str:
    code = fields.text("code", default)
    if code not in known:
        raise BadRequest(f"code must be one of {', '.join(known)}")
    return code


def _throttle(times: int, where: str, fields: Fields) -> CallFault:
    return faults.throttle(times, where, blank=fields.flag("blank"))


def _too_many_requests(times: int, where: str, fields: Fields) -> CallFault:
    return faults.too_many_requests(times, where)


def _error(times: int, where: str, fields: Fields) -> CallFault:
    code = _code(fields, _TOP_LEVEL, "MKT.0999")
    return faults.error(code, times, where, after_booking=fields.flag("after_booking"))


def _hang(times: int, where: str, fields: Fields) -> CallFault:
    seconds = fields.number("seconds", 30, 0, int(faults.LONGEST_HANG))
    return faults.hang(seconds, times, where, after_booking=fields.flag("after_booking"))


def _reset(times: int, where: str, fields: Fields) -> CallFault:
    return faults.reset(times, where, after_booking=fields.flag("after_booking"))


def _garbage(times: int, where: str, fields: Fields) -> CallFault:
    form = fields.text("form", "html")
    if form not in faults.GARBAGE_KINDS:
        raise BadRequest(f"form must be one of {', '.join(faults.GARBAGE_KINDS)}")
    return faults.garbage(form, times, where, after_booking=fields.flag("after_booking"))


_CALL_FAULTS: dict[str, Callable[[int, str, Fields], CallFault]] = {
    "throttle": _throttle,
    "too-many-requests": _too_many_requests,
    "error": _error,
    "hang": _hang,
    "reset": _reset,
    "garbage": _garbage,
}
