"""``POST /rest/marketplace/v1/isv/usage-data``, the old usage push: AK/SK only, no record id, the same bill."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.bill import Bill
from koogallery_simulator.clock import Clock
from koogallery_simulator.codes import SUCCESS
from koogallery_simulator.faults import ABNORMAL_LATER, FORCE_CODE, OLD_USAGE, REJECT_BATCH, Faults, error_reply
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.records import Raw, RecordRules, Refusal
from koogallery_simulator.violations import Violations

PATH = "/rest/marketplace/v1/isv/usage-data"
MOST_RECORDS = 1000
LONGEST_ID = 64

# What the interface refuses at once, and the whole call with it; the rest is found by the job behind it
WHOLE_CALL = {"001": "MKT.9001", "002": "MKT.9002", "003": "MKT.9002", "007": "MKT.9004", "008": "MKT.9002"}
REPEATED = "010"


class OldUsagePush:
    """The endpoint. Everything it refuses or finds odd is also a violation."""

    name = OLD_USAGE
    method = "POST"
    path = PATH
    content_type = "application/json"

    def __init__(
        self, clock: Clock, guard: AkskGuard, rules: RecordRules, books: tuple[Bill, Faults, Violations]
    ) -> None:
        self._clock = clock
        self._guard = guard
        self._rules = rules
        self._bill, self._faults, self._violations = books

    def answer(self, request: Request) -> Reply:
        """Check the call, then every record; book all that is in order, or nothing when the call is refused."""
        refused = self._guard.refuse(request)
        if refused is not None:
            return error_reply(OLD_USAGE, refused)
        records = self._records(request.body)
        code = records if isinstance(records, str) else self._settle(records)
        if code is not None:
            return error_reply(OLD_USAGE, code)
        return json_reply(200, {"error_code": SUCCESS, "error_msg": "success"})

    def _wrong(self, rule: str, detail: str, code: str) -> str:
        self._violations.add(rule, detail)
        return code

    def _records(self, body: bytes) -> list[Raw] | str:
        try:
            document = json.loads(body, parse_float=Decimal)
        except (ValueError, RecursionError):
            return self._wrong("old-push-body", "the body is not JSON", "MKT.0101")
        records = document.get("usage_records") if isinstance(document, dict) else None
        if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
            return self._wrong("old-push-body", "usage_records is not a list of objects", "MKT.0101")
        if any("metering_sn" in record for record in records):
            self._violations.add("old-push-members", "metering_sn belongs to the new push")
        if len(records) > min(self._faults.record_limit, MOST_RECORDS):
            return "MKT.9003"
        return records

    def _settle(self, records: list[Raw]) -> str | None:
        now = self._clock.now()
        for record in records:
            fault = self._faults.take_record(REJECT_BATCH, record.get("instance_id"))
            code = fault.code if fault is not None else self._refuses(record, now)
            if code is not None:
                return code
        for record in records:
            self._book(record, now)
        return None

    def _refuses(self, record: Raw, now: datetime) -> str | None:
        product_id = record.get("product_id")
        if not isinstance(product_id, str) or not 0 < len(product_id) <= LONGEST_ID:
            return self._wrong("old-push-product", "product_id is missing or not 1 to 64 characters", "MKT.0101")
        instance = self._rules.instance(record.get("instance_id"))
        if instance is not None and product_id != instance.product.product_id:
            return self._wrong("old-push-product", f"{product_id} is not the product of the instance", "MKT.9002")
        found = self._rules.malformed(_with_id(record), now)
        if found is None:
            return None
        return self._wrong(found.rule, f"{found.detail} (code {found.code})", WHOLE_CALL[found.code])

    def _book(self, record: Raw, now: datetime) -> None:
        forced = self._faults.take_record(FORCE_CODE, record.get("instance_id"))
        found = Refusal(forced.code) if forced else self._rules.check(_with_id(record), now)
        if isinstance(found, Refusal):
            if found.rule:
                self._violations.add(found.rule, f"{found.detail} (code {found.code})")
            # Without a record id a repeated record can only be told by its interval.
            self._bill.list_abnormal(REPEATED if found.code == "005" else found.code, record)
            return
        if self._bill.book(found):
            self._violations.add("record-overlap", f"{found.metering_sn} overlaps a record of the same instance")
        later = self._faults.take_record(ABNORMAL_LATER, record.get("instance_id"))
        if later is not None:
            self._bill.mark_abnormal(found.metering_sn, later.code)


def _with_id(record: Raw) -> Raw:
    """The record as the new push has it; its id is what makes it the same record: instance and interval."""
    kept = {name: value for name, value in record.items() if name not in ("product_id", "metering_sn")}
    same = " ".join(str(record.get(name)) for name in ("instance_id", "begin_time", "end_time"))
    return {**kept, "metering_sn": f"old-{hashlib.sha256(same.encode()).hexdigest()[:40]}"}
