"""The usage push's answer: ``POST …/global/v1/isv/usage-data``.

Source: usage push (new) page and its per-record code table. The page names the array ``abnormal_usage_data`` but
neither the member around it nor the members of its records, so it is looked for, and records are read by shape
(inferred). A record nobody can identify is kept with empty members: it must not pass for delivered.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from koogallery import inferred
from koogallery.marketplace.answers import MAX_MESSAGE, Answer

PATH = "/api/mkp-openapi-public/global/v1/isv/usage-data"
OLD_PATH = "/rest/marketplace/v1/isv/usage-data"
"""Usage push (old): AK/SK alone, records with ``product_id`` and without ``metering_sn``."""
UNKNOWN_CODE = "unknown"
ARRAY = "abnormal_usage_data"
MAX_DEPTH = 2
MAX_RAW = 2000
MAX_MEMBERS = 64
_CODE = re.compile(inferred.RECORD_CODES_BY_SHAPE)
_SENT_MEMBERS = frozenset(
    {
        "instanceid",
        "recordtime",
        "begintime",
        "endtime",
        "usagevalue",
        "meteringsn",
        "relatepkginstance",
    }
)


@dataclass(frozen=True)
class AbnormalRecord:
    """One record the marketplace did not take. Members are None where the answer does not give them."""

    metering_sn: str | None
    instance_id: str | None
    begin_time: str | None
    end_time: str | None
    usage_value: str | None
    code: str
    """Three digits, or ``unknown``."""
    description: str = ""
    raw: str = field(default="", repr=False)
    """The record as it came, as JSON text, at most 2000 characters."""


@dataclass(frozen=True)
class PushAnswer:
    """A usage push that was received. Records not in ``abnormal`` were accepted for now: a background job checks on."""

    code: str
    message: str
    abnormal: tuple[AbnormalRecord, ...]
    request_id: str


def read_push_answer(answer: Answer) -> PushAnswer:
    """The records of a successful answer; raises ``MarketplaceAnswerUnreadable`` when there are too many."""
    items: list[object] = []
    for found in _arrays(answer.members, 0):
        items.extend(found if isinstance(found, list) else [found])
    if len(items) > inferred.MAX_ABNORMAL_RECORDS:
        raise answer.unreadable("more abnormal records than a batch has")
    abnormal = tuple(_abnormal_record(item) for item in items)
    return PushAnswer(answer.facts.marketplace_code, answer.facts.message, abnormal, answer.facts.request_id)


def _arrays(value: object, depth: int) -> Iterator[object]:
    """Every non-empty ``abnormal_usage_data`` in an object at most ``MAX_DEPTH`` levels below the answer."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from _arrays(item, depth)
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        if name == ARRAY:
            if member:
                yield member
        elif depth < MAX_DEPTH:
            yield from _arrays(member, depth + 1)


def _abnormal_record(item: object) -> AbnormalRecord:
    members: dict[str, str | int | Decimal] = {}
    for name, value in itertools.islice(_flat(item), MAX_MEMBERS):
        members.setdefault(name, value)
    texts = {name: value for name, value in members.items() if isinstance(value, str) and name not in _SENT_MEMBERS}
    return AbnormalRecord(
        metering_sn=_sent(members, "meteringsn"),
        instance_id=_sent(members, "instanceid"),
        begin_time=_sent(members, "begintime"),
        end_time=_sent(members, "endtime"),
        usage_value=_sent(members, "usagevalue"),
        code=_record_code(texts),
        description=_description(texts),
        raw=_raw(item),
    )


def _flat(item: object, *, nested: bool = False) -> Iterator[tuple[str, str | int | Decimal]]:
    """Text and numbers under spelling-free names (``meteringSn`` as ``meteringsn``), then those of inner objects."""
    if not isinstance(item, dict):
        return
    for name, value in item.items():
        if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
            yield str(name).replace("_", "").lower(), value
    for value in () if nested else item.values():
        yield from _flat(value, nested=True)


def _sent(members: Mapping[str, str | int | Decimal], name: str) -> str | None:
    """A member of the record as it was sent; None when the answer leaves it out."""
    value = members.get(name)
    return None if value is None or value == "" else str(value)[:MAX_MESSAGE]


def _record_code(texts: Mapping[str, str]) -> str:
    """The first text of three digits, in members named after a code first.

    The echoed record is left out: a ``usage_value`` of "125" has three digits too.
    """
    named_first = sorted(texts.items(), key=lambda pair: "code" not in pair[0])
    return next((value for _, value in named_first if _CODE.fullmatch(value)), UNKNOWN_CODE)


def _description(texts: Mapping[str, str]) -> str:
    words = ("msg", "desc", "message", "reason")
    found = (value for name, value in texts.items() if any(word in name for word in words))
    return next(found, "")[:MAX_MESSAGE]


def _raw(item: object) -> str:
    try:
        return json.dumps(item, default=str, separators=(",", ":"))[:MAX_RAW]
    except RecursionError:
        return ""
