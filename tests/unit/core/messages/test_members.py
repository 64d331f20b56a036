"""Reading a message: order of the members, names, defaults; whatever JSON comes, the reader answers or refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery.http import HttpResponse
from koogallery.marketplace.answers import read_answer
from koogallery.marketplace.errors import MarketplaceAnswerUnreadable
from koogallery.marketplace.order_query import Order, read_order
from koogallery.messages.callbacks import MESSAGES, MESSAGES_V1, IllegalParameter, parse_message
from koogallery.messages.kit import KIT_MESSAGES, User
from koogallery.messages.licenses import LICENSE_MESSAGES
from koogallery.messages.members import Member, Message, camel_case, list_of, one_of, text
from koogallery.messages.notifications import NOTIFICATION_MESSAGES

GROUPS = (MESSAGES, MESSAGES_V1, KIT_MESSAGES, LICENSE_MESSAGES, NOTIFICATION_MESSAGES)
SENT = "what-was-sent"

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats()
    | st.text(st.characters(), max_size=70)
    | st.sampled_from(
        ["", "0", "1", 3, "[]", "{}", '[{"orgCode":"1"}]', "[{userName:1}]", "20250101093000123", "\ud800"]
    )
)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_NAMES = sorted(
    {
        camel_case(name)
        for kind in {kind for group in GROUPS for kind in group.values()} | {User, Order}
        for name in kind.members
    }
    | {"name", "orgInfo"}
)
_bodies = st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=8), _json, max_size=12)


class Line(Message):
    line_id = Member(text)


class Sale(Message):
    secret = frozenset({"key"})

    order_id = Member(text)
    kind = Member(one_of("NEW", "RENEW"), "kind", "type", default="NEW")
    lines = Member(list_of(Line.read, 2))
    key = Member(text, default="")


class LaterSale(Sale):
    order_id = Member(text, default="none")


COMPLETE: dict[str, Any] = {"orderId": "o", "lines": [{"lineId": "l"}]}


def refusal(kind: type[Exception], read: Callable[[], object]) -> Exception | None:
    """The refusal of that kind, None when it was read; anything else that is raised fails the test."""
    try:
        read()
    except kind as refused:
        return refused
    return None


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{len(group)} messages")
@given(data=st.data())
def test_arbitrary_json_is_a_message_or_refused(group: dict[str, type[Message]], data: st.DataObject) -> None:
    activity, body = data.draw(st.sampled_from(sorted(group))), data.draw(_bodies)
    refused = refusal(IllegalParameter, lambda: parse_message(activity, body, group))
    assert refused is None or 0 < len(str(refused)) <= 200


@given(body=_json | st.fixed_dictionaries({"userName": st.just("u")}, optional={"extension": _json, "enable": _json}))
def test_arbitrary_json_is_a_user_or_refused(body: object) -> None:
    assert not isinstance(refusal(ValueError, lambda: User.read(body).facts()), UnicodeError)


@given(
    order=_bodies | st.fixed_dictionaries({"orderId": st.just("o")}, optional={"orderLine": _json, "buyerInfo": _json})
)
def test_an_arbitrary_order_is_read_or_unreadable(order: object) -> None:
    answer = read_answer("order query", HttpResponse(200, {}, b'{"resultCode":"MKT.0000"}'))
    answer.members["orderInfo"] = order
    unreadable = refusal(MarketplaceAnswerUnreadable, lambda: read_order(answer))
    assert unreadable is None or unreadable.__cause__ is None


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{len(group)} messages")
@pytest.mark.parametrize("value", [SENT * 30, f"{SENT}\x00", [SENT], {SENT: SENT}, f"[{SENT}", f"{SENT}\ud800\x01"])
def test_a_refusal_never_quotes_what_was_sent(group: dict[str, type[Message]], value: object) -> None:
    for activity, kind in group.items():
        for name in kind.members:
            body = {**dict.fromkeys(_NAMES, "1"), camel_case(name): value}
            assert SENT not in str(refusal(IllegalParameter, partial(parse_message, activity, body, group)))


def test_the_first_bad_member_in_the_order_of_the_class_is_named() -> None:
    with pytest.raises(ValueError, match=r"^orderId: Field required$"):
        Sale.read({"lines": "x", "kind": "x"})
    with pytest.raises(ValueError, match=r"^kind: Input should be 'NEW' or 'RENEW'$"):
        Sale.read({"lines": "x", "kind": "x", "orderId": "o"})


def test_a_bad_member_of_a_part_is_named_with_the_part() -> None:
    with pytest.raises(ValueError, match=r"^lines: lineId: Field required$"):
        Sale.read({**COMPLETE, "lines": [{"lineId": "l"}, {}]})
    with pytest.raises(ValueError, match=r"^lines: Input should be a valid dictionary$"):
        Sale.read({**COMPLETE, "lines": ["x"]})
    with pytest.raises(ValueError, match=r"^lines: must have at most 2 entries$"):
        Sale.read({**COMPLETE, "lines": [{}, {}, {}]})


@pytest.mark.parametrize(
    ("sent", "kind"), [({"type": "RENEW"}, "RENEW"), ({"type": "x", "kind": "RENEW"}, "RENEW"), ({}, "NEW")]
)
def test_the_first_name_that_is_there_counts_and_then_the_default(sent: dict[str, str], kind: str) -> None:
    assert Sale.read({**COMPLETE, **sent}).kind == kind


def test_a_later_class_may_read_a_member_otherwise_in_its_old_place() -> None:
    assert list(LaterSale.members) == list(Sale.members)
    assert LaterSale.read({"lines": []}).order_id == "none"


def test_a_message_never_changes() -> None:
    sale = Sale.read(COMPLETE)
    with pytest.raises(AttributeError):
        sale.kind = "RENEW"
    assert (sale.replaced(kind="RENEW").kind, sale.kind) == ("RENEW", "NEW")


def test_what_is_kept_has_the_names_of_the_wire_and_no_secret() -> None:
    kept = Sale.read({**COMPLETE, "key": "k", "unknown": 1, "lines": []}).to_wire()
    assert kept == {"orderId": "o", "kind": "NEW", "lines": []}


def test_a_moment_is_kept_as_text_and_a_fingerprint_not_at_all() -> None:
    sent = {"instanceId": "i", "eventId": "e", "effectiveTime": "2026-01-02 03:04:05", "deviceFingerprint": "f"}
    message = parse_message("getLicenseAsync", sent, LICENSE_MESSAGES)
    assert message.effective_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert message.to_wire() == {
        "instanceId": "i",
        "eventId": "e",
        "effectiveTime": "2026-01-02T03:04:05Z",
        "expireTime": None,
    }


def test_nothing_of_a_sync_is_kept() -> None:
    sent = {"flag": 1, "tenantId": "t", "timeStamp": "20250101093000123", "orgCode": "c", "orgName": "n"}
    assert parse_message("singleOrgSync", sent, KIT_MESSAGES).to_wire() == {}


@pytest.mark.parametrize("number", ["2", " 2 ", "2.0", 2, 2.0, Decimal("2.00"), "+2"])
def test_an_employee_type_is_a_whole_number_in_any_spelling(number: object) -> None:
    assert User.read({"userName": "u", "employeeType": number}).employee_type == 2


@pytest.mark.parametrize("number", ["-1", "two", 1.5, 10**11, "\uff11", True, [2], Decimal("1e400")])
def test_an_employee_type_of_another_form_is_refused(number: object) -> None:
    with pytest.raises(ValueError, match=r"^employeeType: "):
        User.read({"userName": "u", "employeeType": number})
