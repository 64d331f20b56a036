"""Pure rules of licences and settings."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from koogallery.errors import SettingsError
from koogallery.ledger.batch import Batch, make_batch
from koogallery.licenses import application as applications
from koogallery.licenses.application import Application
from koogallery.settings import Settings

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
ASKED = Application(event_id="EV-1", instance_id="i-1", device="d", asked_at="2026-11-21T10:00:00.000Z")


def test_an_application_survives_the_state() -> None:
    given = applications.claimed(applications.given(ASKED, "sealed", NOW))
    assert Application.from_document(given.to_document()) == given


def test_an_attempt_counts_before_it_is_made_and_is_taken_back_when_it_did_not_arrive() -> None:
    claimed = applications.claimed(applications.given(ASKED, "sealed", NOW))
    assert (claimed.attempts, claimed.unknown) == (1, 1)
    assert applications.postponed(claimed, "r", NOW, arrived=False).unknown == 0
    assert applications.postponed(claimed, "r", NOW, arrived=True).unknown == 1


def test_an_upload_is_due_at_its_time() -> None:
    given = applications.given(ASKED, "sealed", NOW)
    assert given.is_due(NOW)
    later = applications.postponed(given, "r", NOW + timedelta(minutes=1), arrived=True)
    assert not later.is_due(NOW)
    assert later.is_due(NOW + timedelta(minutes=1))
    assert not ASKED.is_due(NOW)


def test_sending_again_keeps_the_first_content() -> None:
    refused = applications.settled(applications.given(ASKED, "first", NOW), applications.REFUSED, "r", NOW)
    again = applications.given(refused, "second", NOW)
    assert (again.content, again.status, again.attempts, again.unknown) == ("first", applications.PENDING, 0, 0)


@pytest.mark.parametrize(
    ("products", "product", "named"),
    [("", "p", False), ("*", "p", True), ("a, p", "p", True), ("a,b", "p", False), ("*", "", True), ("a", "", False)],
)
def test_products_are_named_by_id_or_all(products: str, product: str, named: bool) -> None:
    assert Settings(license_fingerprint_products=products).needs_fingerprint(product) == named


def test_an_unknown_product_never_uses_the_old_push() -> None:
    assert not Settings(usage_push_old_products="*").uses_old_push("")
    assert Settings(usage_push_old_products="*").uses_old_push("p")


def test_hours_of_grace_are_a_whole_number() -> None:
    with pytest.raises(SettingsError):
        Settings.load({"LICENSE_GRACE_HOURS": "a day"}.get)


RECORD = {
    "instance_id": "i-1",
    "record_time": "20261121T100500Z",
    "begin_time": "20261121T090000Z",
    "end_time": "20261121T100000Z",
    "usage_value": "2.5",
    "metering_sn": "sn-1",
}


def test_a_batch_of_the_old_push_keeps_its_serials_to_itself() -> None:
    batch = make_batch("b", [{**RECORD, "product_id": "p"}], NOW)
    assert batch.is_old
    assert b"metering_sn" not in batch.body
    again = Batch.from_document(batch.to_document())
    assert again == batch
    assert again.records == [{**RECORD, "product_id": "p"}]
    assert again.open_records()[0]["metering_sn"] == "sn-1"
    assert make_batch("c", again.open_records(), NOW).body == batch.body


def test_a_batch_of_the_new_push_is_unchanged() -> None:
    batch = make_batch("b", [RECORD], NOW)
    assert not batch.is_old
    assert "serials" not in batch.to_document()
    assert batch.records == [RECORD]
