"""Judges every answer the bundle gives to a callback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal

from koogallery_simulator.dialects.base import Callback, Dialect, InstanceLookup, Problem
from koogallery_simulator.dialects.saas_v2 import PENDING, SUCCESS
from koogallery_simulator.http_messages import Answer
from koogallery_simulator.violations import Violation, Violations

TIME_LIMIT = 5.0
LONGEST_MESSAGE = 255
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
Document = Mapping[str, object]


class Judge:
    """Collects violations. ``off`` names rules that are not judged, such as a site's differences.

    Rules: no-answer, time-limit, http-status, content-type, body-json, body-ascii, result-code, result-code-activity,
    result-msg, new-instance-id, new-instance-id-changed, new-instance-id-shared, query-…, replay-differs; of the
    1.0 interfaces also body-sign, encrypt-type, encrypted-field, license and license-changed.
    """

    def __init__(self, violations: Violations, known: InstanceLookup, *, off: frozenset[str] = frozenset()) -> None:
        self._violations = violations
        self._known = known
        self._off = off
        self._lock = threading.Lock()
        self._first: dict[tuple[str, str], str] = {}
        self._owner_of_id: dict[str, str] = {}

    def no_answer(self, callback: Callback, why: str) -> list[Violation]:
        """Nothing came back at all."""
        return self._note(callback, iter([("no-answer", why)]))

    def judge(self, dialect: Dialect, callback: Callback, answer: Answer) -> tuple[Document | None, list[Violation]]:
        """The parsed answer (None when the platform could not read it) and what is wrong with it."""
        document = parse(answer.body)
        noted = self._note(callback, self._form_problems(answer, document))
        noted += self._note(callback, dialect.form_problems(answer, self._known.keys))
        if document is not None:
            noted += self._note(callback, self._content_problems(dialect, callback, document))
        readable = answer.status == 200 and _is_json(answer)
        return (document if readable else None), noted

    def judge_replay(
        self, dialect: Dialect, callback: Callback, first: Document | None, again: Document | None
    ) -> list[Violation]:
        """An identical request sent again: the earlier answer, or the refusal of a replay or of an old timestamp."""
        if first is None or again is None:
            return []
        same = all(first.get(name) == again.get(name) for name in ("resultCode", "instanceId"))
        refused = again.get("resultCode") in ("000001", "000002")
        went_on = (
            bool(dialect.lasting(callback))
            and (first.get("resultCode"), again.get("resultCode")) == (PENDING, SUCCESS)
            and first.get("instanceId") == again.get("instanceId")
        )
        if same or refused or went_on:
            return []
        return self._note(callback, iter([("replay-differs", "an identical request got another answer")]))

    def _note(self, callback: Callback, problems: Iterator[Problem]) -> list[Violation]:
        return [
            self._violations.add(rule, f"{callback.activity}{' (debugging)' if callback.test else ''}: {detail}")
            for rule, detail in problems
            if rule not in self._off
        ]

    @staticmethod
    def _form_problems(answer: Answer, document: Document | None) -> Iterator[Problem]:
        if answer.seconds > TIME_LIMIT:
            yield "time-limit", f"answered after {answer.seconds:.1f} s, more than 5 s"
        if answer.status != 200:
            yield "http-status", f"HTTP {answer.status}, only 200 counts as delivered"
        if not _is_json(answer):
            yield "content-type", "the answer's Content-Type is not application/json"
        if document is None:
            yield "body-json", "the answer is no JSON object"
        elif not answer.body.isascii():
            yield "body-ascii", "the answer holds non-ASCII characters that are not escaped"

    def _content_problems(self, dialect: Dialect, callback: Callback, document: Document) -> Iterator[Problem]:
        code, message = document.get("resultCode"), document.get("resultMsg")
        documented = dialect.documented_codes(callback.activity)
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            yield "result-code", "resultCode is not a string of six digits"
        elif documented is not None and code not in documented:
            yield "result-code-activity", f"{code} is not documented for this activity"
        if not isinstance(message, str) or not 0 < len(message) <= LONGEST_MESSAGE:
            yield "result-msg", "resultMsg is missing or not 1 to 255 characters"
        yield from dialect.problems(callback, document, self._known)
        if code in (SUCCESS, PENDING):
            yield from self._lasting_problems(dialect.lasting(callback), document)

    def _lasting_problems(self, lasting: Mapping[str, str], document: Document) -> Iterator[Problem]:
        for member, belongs_to in lasting.items():
            value = document.get(member)
            if not isinstance(value, str) or not value:
                continue
            with self._lock:
                first = self._first.setdefault((member, belongs_to), value)
                owner = self._owner_of_id.setdefault(value, belongs_to) if member == "instanceId" else belongs_to
            if first != value:
                rule = "new-instance-id-changed" if member == "instanceId" else f"{member}-changed"
                yield rule, f"{belongs_to} got a second {member}"
            if owner != belongs_to:
                yield "new-instance-id-shared", f"instance {value[:64]} belongs to another order line"


def parse(body: bytes) -> Document | None:
    """A JSON object without duplicate members, numbers exact; None for everything else."""
    try:
        document = json.loads(body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _is_json(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
