"""The gateway's check of AK/SK, with its lock after too many failures in a row."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from koogallery_simulator.assumptions import AKSK_LOCK
from koogallery_simulator.clock import Clock
from koogallery_simulator.http_messages import Request
from koogallery_simulator.settings import Keys
from koogallery_simulator.signatures import aksk_canonical_request, aksk_signature, split_authorization
from koogallery_simulator.times import parse_record_time
from koogallery_simulator.violations import Violations

DATE_WINDOW = timedelta(minutes=15)
FAILURES_ALLOWED = 5
_MUST_BE_SIGNED = ("host", "x-sdk-date")


class AkskGuard:
    """Verifies requests; ``clocks`` are all the clocks an honest caller may have stamped with."""

    def __init__(self, keys: Keys, clocks: Sequence[Clock], violations: Violations) -> None:
        self._keys = keys
        self._clocks = clocks
        self._violations = violations
        self._failures = 0
        self._locked_until: datetime | None = None

    def refuse(self, request: Request) -> str | None:
        """None when the signature is right, else the gateway's error code."""
        now = self._clocks[0].now()
        if self._locked_until and now < self._locked_until:
            self._violations.add(
                "aksk-locked-pair-used", "a call with a pair locked by more than five failures in a row"
            )
            return "APIGW.0301"
        found = self._problem(request)
        if found is None:
            self._failures, self._locked_until = 0, None
            return None
        code, problem = found
        self._violations.add("aksk-signature", f"{request.method} {request.path}: {problem}")
        self._failures += 1
        if self._failures > FAILURES_ALLOWED:
            self._locked_until, self._failures = now + AKSK_LOCK, 0
        return code

    def _problem(self, request: Request) -> tuple[str, str] | None:
        parts = split_authorization(request.headers.get("authorization", ""))
        if parts is None:
            return "APIGW.0301", "the Authorization header is missing or has another form"
        access, names, signature = parts
        missing = [name for name in _MUST_BE_SIGNED if name not in names]
        absent = [name for name in names if name not in request.headers]
        if missing or absent or list(names) != sorted(set(names)):
            return "APIGW.0301", f"the signed headers must be sorted, sent, and name {', '.join(_MUST_BE_SIGNED)}"
        if not hmac.compare_digest(access.encode(), self._keys.ak.encode()):
            return "APIGW.0301", "unknown access key"
        signed = {name: request.headers[name] for name in names}
        canonical = aksk_canonical_request(request.method, request.path, request.query, signed, request.body)
        made = aksk_signature(self._keys.sk, request.headers["x-sdk-date"], canonical)
        if not hmac.compare_digest(made, signature):
            return "APIGW.0301", "the signature does not match"
        return self._date_problem(request.headers["x-sdk-date"])

    def _date_problem(self, text: str) -> tuple[str, str] | None:
        date = parse_record_time(text)
        if date is None:
            return "APIGW.0303", "x-sdk-date is not yyyyMMdd'T'HHmmss'Z'"
        if all(abs(clock.now() - date) > DATE_WINDOW for clock in self._clocks):
            return "APIGW.0303", "x-sdk-date is more than 15 minutes off"
        return None
