"""``POST …/v1/isv/usage-data``, the new usage push (open API guide, usage push)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.assumptions import (
    ABNORMAL_CODE_MEMBER,
    ABNORMAL_TEXT_MEMBER,
    PUSH_STAMP_WINDOW,
)
from koogallery_simulator.bill import Bill
from koogallery_simulator.clock import Clock
from koogallery_simulator.codes import RECORD_ERRORS, SUCCESS
from koogallery_simulator.faults import ABNORMAL_LATER, FORCE_CODE, REJECT_BATCH, USAGE, Faults, error_reply
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.records import Raw, RecordRules, Refusal
from koogallery_simulator.settings import Keys
from koogallery_simulator.signatures import push_body, push_signature_fits
from koogallery_simulator.violations import Violations

PATH = "/api/mkp-openapi-public/global/v1/isv/usage-data"
LONGEST_NONCE = 64
LONGEST_SIGNATURE = 1000
NONCES_KEPT = 100_000
MILLISECOND_DIGITS = 13


class UsagePush:
    """The endpoint. Everything it refuses or finds odd is also a violation."""

    name = USAGE
    method = "POST"
    path = PATH
    content_type = "application/json"

    def __init__(
        self,
        keys: Keys,
        clocks: Sequence[Clock],
        guard: AkskGuard,
        rules: RecordRules,
        books: tuple[Bill, Faults, Violations],
    ) -> None:
        self._keys = keys
        self._clocks = clocks
        self._guard = guard
        self._rules = rules
        self._bill, self._faults, self._violations = books
        self._nonces: deque[str] = deque(maxlen=NONCES_KEPT)
        self._seen: set[str] = set()

    def answer(self, request: Request) -> Reply:
        """Check the call, then every record, and book what is in order."""
        code = self._unauthentic(request)
        if code is not None:
            return error_reply(USAGE, code)
        records = self._records(request.body)
        if isinstance(records, str):
            return error_reply(USAGE, records)
        for record in records:
            fault = self._faults.take_record(REJECT_BATCH, record.get("instance_id"))
            if fault is not None:
                return error_reply(USAGE, fault.code)
        now = self._clocks[0].now()
        abnormal = [found for found in (self._settle(record, now) for record in records) if found is not None]
        return json_reply(200, self._answer(abnormal))

    # ------------------------------------------------------------------------------------------------- the call
    def _wrong(self, rule: str, detail: str, code: str) -> str:
        self._violations.add(rule, detail)
        return code

    def _unauthentic(self, request: Request) -> str | None:
        if "authorization" in request.headers:
            refused = self._guard.refuse(request)
            if refused is not None:
                return refused
        headers = request.headers
        absent = [name for name in ("signature", "ts", "nonce") if not headers.get(name)]
        if absent:
            return self._wrong("push-headers", f"usage push without {', '.join(absent)}", "MKT.0102")
        if len(headers["nonce"]) > LONGEST_NONCE or len(headers["signature"]) > LONGEST_SIGNATURE:
            return self._wrong("push-headers", "nonce or signature is too long", "MKT.0102")
        if not self._signed(request):
            return self._wrong("push-signature", "the header signature does not match", "MKT.0102")
        return self._stale(headers["ts"]) or self._replayed(headers["nonce"])

    def _signed(self, request: Request) -> bool:
        try:
            raw = request.body.decode("utf-8")
            bodies = [raw]
            canonical = push_body(json.loads(raw, parse_float=str))
        except (ValueError, RecursionError):
            canonical = None
            bodies = [request.body.decode("utf-8", "replace")]
        if canonical is not None and canonical not in bodies:
            self._violations.add("push-body-sorted", "the body sent is not compact with its members ascending")
            bodies.append(canonical)
        return push_signature_fits(self._keys.access, request.headers, bodies)

    def _stale(self, ts: str) -> str | None:
        if not (ts.isascii() and ts.isdigit() and len(ts) == MILLISECOND_DIGITS):
            return self._wrong("push-ts", "ts is not a time in milliseconds", "MKT.0102")
        stamp = datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=int(ts))
        if all(abs(clock.now() - stamp) > PUSH_STAMP_WINDOW for clock in self._clocks):
            return self._wrong("push-ts", "ts is more than 15 minutes off", "MKT.0102")
        return None

    def _replayed(self, nonce: str) -> str | None:
        if nonce in self._seen:
            return self._wrong("push-nonce", "nonce used before: every attempt needs its own", "MKT.0102")
        if len(self._nonces) == NONCES_KEPT:
            self._seen.discard(self._nonces[0])
        self._nonces.append(nonce)
        self._seen.add(nonce)
        return None

    def _records(self, body: bytes) -> list[Raw] | str:
        try:
            document = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return self._wrong("push-body", "the body is not JSON", "MKT.0101")
        if not isinstance(document, dict) or document.keys() != {"usage_records"}:
            return self._wrong("push-body", "the body is not {usage_records: […]}", "MKT.0101")
        records = document["usage_records"]
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            return self._wrong("push-body", "usage_records is not a list of objects", "MKT.0101")
        if not records:
            return self._wrong("push-empty", "an empty list of records", "MKT.0199")
        if len(records) > self._faults.record_limit:
            if len(records) > 1000:
                self._violations.add("push-size", f"{len(records)} records in one call")
            return "MKT.9003"
        return records

    # -------------------------------------------------------------------------------------------- one record
    def _settle(self, raw: Raw, now: datetime) -> dict[str, object] | None:
        forced = self._faults.take_record(FORCE_CODE, raw.get("instance_id"))
        checked = Refusal(forced.code) if forced else self._rules.check(raw, now)
        if isinstance(checked, Refusal):
            if checked.rule:
                self._violations.add(checked.rule, f"{checked.detail} (code {checked.code})")
            self._bill.list_abnormal(checked.code, raw)
            text = RECORD_ERRORS.get(checked.code, "Abnormal")
            shown = {name: str(value) for name, value in raw.items()}
            return {**shown, ABNORMAL_CODE_MEMBER: checked.code, ABNORMAL_TEXT_MEMBER: text}
        if self._bill.book(checked):
            self._violations.add("record-overlap", f"{checked.metering_sn} overlaps a record of the same instance")
        later = self._faults.take_record(ABNORMAL_LATER, raw.get("instance_id"))
        if later is not None:
            self._bill.mark_abnormal(checked.metering_sn, later.code)
        return None

    def _answer(self, abnormal: list[dict[str, object]]) -> dict[str, object]:
        answer: dict[str, object] = {"error_code": SUCCESS, "error_msg": "success"}
        member = self._faults.abnormal_member
        if not abnormal or member is None:
            return answer
        listed: dict[str, object] = {"abnormal_usage_data": abnormal}
        return {**answer, **listed} if member == "" else {**answer, member: listed}
