from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery.encryption import Sealer
from koogallery.sign_in.tickets import (
    Attempt,
    HandOver,
    TicketRefused,
    new_attempt,
    new_hand_over,
    new_nonce,
    open_ticket,
    seal_ticket,
)

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
SEALER = Sealer(base64.b64encode(bytes(32)).decode())


@given(st.text(max_size=200))
def test_a_ticket_comes_back_as_it_was(return_to: str) -> None:
    ticket = new_attempt(return_to, NOW)
    text = seal_ticket(SEALER, ticket)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", text)
    assert open_ticket(SEALER, Attempt, text, NOW) == ticket


def test_a_ticket_says_nothing_to_who_carries_it() -> None:
    ticket = new_hand_over("session-1", new_nonce(), "/path", NOW)
    text = seal_ticket(SEALER, ticket)
    for part in text.split("."):
        shown = base64.urlsafe_b64decode(part + "==")
        assert b"session-1" not in shown
        assert ticket.nonce.encode() not in shown
    assert ticket.nonce not in repr(ticket)


@pytest.mark.parametrize(("seconds", "good"), [(59.999, True), (60, False)])
def test_a_hand_over_is_good_for_a_minute(seconds: float, good: bool) -> None:
    text = seal_ticket(SEALER, new_hand_over("s", "n", "", NOW))
    later = NOW + timedelta(seconds=seconds)
    if good:
        assert open_ticket(SEALER, HandOver, text, later).session_id == "s"
    else:
        with pytest.raises(TicketRefused):
            open_ticket(SEALER, HandOver, text, later)


def test_one_kind_of_ticket_is_not_another() -> None:
    text = seal_ticket(SEALER, new_attempt("", NOW))
    with pytest.raises(TicketRefused):
        open_ticket(SEALER, HandOver, text, NOW)


@given(st.floats(0, 1, exclude_max=True))
def test_a_changed_ticket_is_refused(where: float) -> None:
    text = seal_ticket(SEALER, new_attempt("/x", NOW))
    # The last character may hold bits that say nothing.
    position = int(where * (len(text) - 1))
    other = "B" if text[position] == "A" else "A"
    with pytest.raises(TicketRefused):
        open_ticket(SEALER, Attempt, text[:position] + other + text[position + 1 :], NOW)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "é", "x" * 5000])
def test_what_is_no_ticket_is_refused(text: str) -> None:
    with pytest.raises(TicketRefused):
        open_ticket(SEALER, Attempt, text, NOW)
