"""Open APIs of authorization codes: activate and query (v1), software usage (v2), with AK/SK."""

from __future__ import annotations

import json
from collections.abc import Mapping

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.assumptions import ACTIVATE_AFTER_END, USAGE_FAILURES_MEMBER
from koogallery_simulator.clock import Clock
from koogallery_simulator.codes import LICENSE_SUCCESS
from koogallery_simulator.faults import ACTIVATE, HEARTBEAT, SOFTWARE_USAGE, error_reply
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.license_codes import ALIVE, LicenseCode, LicenseCodes
from koogallery_simulator.times import order_time, parse_order_time
from koogallery_simulator.violations import Violations

ROOT = "/api/mkp-openapi-public/global"
LONGEST_CODE = 64
LONGEST_ACCOUNT = 256
LONGEST_ADDRESS = 32
MOST_ENTRIES = 100
LARGEST_NUMBER = 999_999_999
Document = Mapping[str, object]


class _Endpoint:
    """AK/SK, JSON object, then what the interface does."""

    name = ""
    method = "POST"
    path = ""
    content_type = "application/json"

    def __init__(self, codes: LicenseCodes, guard: AkskGuard, clock: Clock, violations: Violations) -> None:
        self._codes = codes
        self._guard = guard
        self._clock = clock
        self._violations = violations

    def answer(self, request: Request) -> Reply:
        """The documented answer; HTTP 200 does not mean success."""
        refused = self._guard.refuse(request)
        if refused is not None:
            return error_reply(self.name, refused)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != self.content_type:
            return error_reply(self.name, "95000003")
        try:
            document = json.loads(request.body)
        except (ValueError, RecursionError):
            return self._wrong("license-body", "the body is not JSON", "95000004")
        if not isinstance(document, dict):
            return self._wrong("license-body", "the body is no JSON object", "95000001")
        return self._carry_out(document)

    def _carry_out(self, document: Document) -> Reply:
        raise NotImplementedError

    def _wrong(self, rule: str, detail: str, code: str) -> Reply:
        self._violations.add(rule, f"{self.name}: {detail}")
        return error_reply(self.name, code)

    def _surplus(self, document: Document, known: frozenset[str]) -> None:
        surplus = sorted(str(name)[:LONGEST_CODE] for name in document.keys() - known)
        if surplus:
            self._violations.add("license-members", f"{self.name}: members nobody knows: {', '.join(surplus[:5])}")

    def _code_text(self, document: Document) -> str | None:
        text = document.get("license")
        return text if isinstance(text, str) and 0 < len(text) <= LONGEST_CODE else None


def _success(**members: object) -> Reply:
    return json_reply(200, {"error_code": LICENSE_SUCCESS, "error_msg": "success", **members})


class Activate(_Endpoint):
    """``…/v1/license/activate``."""

    name = ACTIVATE
    path = f"{ROOT}/v1/license/activate"

    def _carry_out(self, document: Document) -> Reply:
        self._surplus(document, frozenset({"license", "real_effect_time"}))
        text = self._code_text(document)
        if text is None:
            return self._wrong("license-code", "license is missing or not 1 to 64 characters", "92020002")
        code = self._codes.find(text)
        if code is None:
            return error_reply(self.name, "92020005")
        stamp = document.get("real_effect_time")
        effect = parse_order_time(stamp)
        if stamp is not None and (effect is None or effect < code.ordered_at.replace(microsecond=0)):
            return self._wrong("license-effect-time", "real_effect_time is no time after the order", "92020002")
        return self._activate(code)

    def _activate(self, code: LicenseCode) -> Reply:
        now = self._clock.now()
        if not code.received:
            return error_reply(self.name, "92020004")
        if code.activated_at is not None:
            return error_reply(self.name, "92020003")
        if code.status(now) != ALIVE:
            return error_reply(self.name, ACTIVATE_AFTER_END)
        code.activated_at = now
        return _success(data={"license_code_info": json.dumps(code.facts(now))})


class Heartbeat(_Endpoint):
    """``…/v1/license/heartbeat``, now called query."""

    name = HEARTBEAT
    path = f"{ROOT}/v1/license/heartbeat"

    def _carry_out(self, document: Document) -> Reply:
        self._surplus(document, frozenset({"license", "heartbeatInfo"}))
        text = self._code_text(document)
        if text is None:
            return self._wrong("license-code", "license is missing or not 1 to 64 characters", "92020002")
        if "heartbeatInfo" in document and not _is_heartbeat_info(document["heartbeatInfo"]):
            return self._wrong("license-heartbeat-info", "heartbeatInfo has another form", "92020002")
        code = self._codes.find(text)
        if code is None:
            return error_reply(self.name, "92020005")
        if code.activated_at is None:
            return error_reply(self.name, "92020011")
        facts = code.facts(self._clock.now())
        return _success(data={"license_code": code.code, "activate_time": order_time(code.activated_at), **facts})


def _is_heartbeat_info(info: object) -> bool:
    if not isinstance(info, dict):
        return False
    account, address = info.get("thirdPartyAccount"), info.get("ip", "")
    known = isinstance(account, str) and 0 < len(account) <= LONGEST_ACCOUNT
    return known and isinstance(address, str) and len(address) <= LONGEST_ADDRESS


class SoftwareUsage(_Endpoint):
    """``…/v2/license/software-usage-info``: ids of users, or how many there are; one kind in a call."""

    name = SOFTWARE_USAGE
    path = f"{ROOT}/v2/license/software-usage-info"

    def _carry_out(self, document: Document) -> Reply:
        self._surplus(document, frozenset({"usage_info"}))
        entries = _objects(document.get("usage_info"))
        if not entries:
            return self._wrong("license-usage", "usage_info is no list of 1 to 100 objects", "92020002")
        kinds = {kind for entry in entries for kind in _kinds(entry)}
        if len(kinds) != 1 or "" in kinds:
            detail = "software_usage_Info holds neither ids nor numbers, or both in one call"
            return self._wrong("license-usage", detail, "92020002")
        failed = [entry.get("license") for entry in entries if not self._takes(entry)]
        if failed:
            listed = [{"license": str(text)[:LONGEST_CODE], "error_code": "92020020"} for text in failed]
            return error_reply(self.name, "92020020", members={"data": {USAGE_FAILURES_MEMBER: listed}})
        for entry in entries:
            self._note(entry)
        return _success(data={USAGE_FAILURES_MEMBER: []})

    def _takes(self, entry: Document) -> bool:
        code = self._codes.find(entry.get("license"))
        return code is not None and code.activated_at is not None and not code.released

    def _note(self, entry: Document) -> None:
        code = self._codes.find(entry.get("license"))
        if code is not None:
            numbers = [one.get("active_num", 1) for one in _objects(entry.get("software_usage_Info"))]
            code.users += sum(number for number in numbers if isinstance(number, int))


def _objects(entries: object) -> list[Document]:
    """1 to 100 objects; nothing for anything else."""
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        return []
    return entries if all(isinstance(entry, dict) for entry in entries) else []


def _kinds(entry: Document) -> set[str]:
    """``id`` or ``active_num`` for each item of an entry; the empty text for what is neither."""
    return {_kind(one) for one in _objects(entry.get("software_usage_Info"))} or {""}


def _kind(one: Document) -> str:
    if one.keys() == {"id"} and isinstance(one["id"], str) and 0 < len(one["id"]) <= LONGEST_ACCOUNT:
        return "id"
    number = one.get("active_num")
    counts = isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_NUMBER
    return "active_num" if one.keys() == {"active_num"} and counts else ""
