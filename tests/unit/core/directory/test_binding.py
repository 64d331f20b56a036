"""Transitions of a tenant: repeats tell nothing, older calls change nothing, deletions never fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from koogallery.directory.binding import TenantFacts, bind, put_application, remove_application, unbind
from koogallery.directory.stamps import Stamp
from koogallery.directory.tenant import MAX_TELLINGS, MAX_TOLD, Application, OutboxFull, Tenant, owner_id, tenant_key

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
FACTS = TenantFacts("CS1", "acme", "示例企业", "https://acme.example.test")
UNKNOWN = Tenant(tenant_id="t", instance_id="i")


def at(second: int, signed: int = 0) -> Stamp:
    return Stamp("", f"202611210000{second:02d}000", signed)


def types(tenant: Tenant) -> list[str]:
    return [event.type for event in tenant.outbox]


def application(second: int, client_id: str = "c", app_id: str = "a") -> Application:
    return Application(app_id, client_id, at(second), "cipher-text")


def test_a_tenant_comes_and_is_told_with_its_facts() -> None:
    tenant = bind(UNKNOWN, FACTS, at(1), NOW)
    (event,) = tenant.outbox
    assert event.type == "tenant.added"
    assert event.data == {
        "tenant_id": "t",
        "instance_id": "i",
        "order_id": "CS1",
        "code": "acme",
        "name": "示例企业",
        "domain": "https://acme.example.test",
    }


def test_a_repeat_is_not_written() -> None:
    tenant = bind(UNKNOWN, FACTS, at(1), NOW)
    assert bind(tenant, FACTS, at(1), NOW) is tenant


def test_the_same_content_at_a_later_time_tells_nothing_but_counts() -> None:
    tenant = bind(bind(UNKNOWN, FACTS, at(1), NOW), FACTS, at(3), NOW)
    assert types(tenant) == ["tenant.added"]
    assert bind(tenant, replace(FACTS, name="older"), at(2), NOW) is tenant


def test_a_change_is_told_as_a_modification_whatever_the_flag() -> None:
    tenant = bind(bind(UNKNOWN, FACTS, at(1), NOW), replace(FACTS, name="new"), at(2), NOW)
    assert types(tenant) == ["tenant.added", "tenant.modified"]
    assert tenant.name == "new"


def test_a_removal_ends_everything_synced_before() -> None:
    tenant = put_application(bind(UNKNOWN, FACTS, at(1), NOW), application(2), same_secret=False, now=NOW)
    gone = unbind(tenant, at(3), NOW)
    assert types(gone) == ["tenant.added", "application.added", "tenant.removed"]
    assert gone.present_applications == []
    back = bind(gone, FACTS, at(4), NOW)
    assert types(back)[-1] == "tenant.added"
    assert back.present_applications == []


def test_an_application_that_comes_before_its_tenant_comes_back_counts() -> None:
    gone = unbind(bind(UNKNOWN, FACTS, at(1), NOW), at(2), NOW)
    early = put_application(gone, application(4), same_secret=False, now=NOW)
    assert [one.app_id for one in bind(early, FACTS, at(3), NOW).present_applications] == ["a"]


def test_a_removal_of_the_unknown_tells_nothing_but_shuts_out_what_is_older() -> None:
    gone = unbind(UNKNOWN, at(2), NOW)
    assert gone.outbox == ()
    assert bind(gone, FACTS, at(1), NOW) is gone
    assert put_application(gone, application(1), same_secret=False, now=NOW) is gone
    assert unbind(gone, at(2), NOW) is gone
    assert types(unbind(gone, at(3), NOW)) == []


def test_a_removal_that_was_overtaken_still_ends_what_is_older_and_tells_so() -> None:
    tenant = put_application(bind(UNKNOWN, FACTS, at(1), NOW), application(1), same_secret=False, now=NOW)
    tenant = bind(tenant, FACTS, at(5), NOW)
    late = unbind(tenant, at(3), NOW)
    assert late.is_bound
    assert late.present_applications == []
    assert types(late)[-2:] == ["tenant.removed", "tenant.added"]
    assert unbind(late, at(3), NOW) is late


def test_a_replayed_call_is_older_than_what_came_after_it() -> None:
    first = bind(UNKNOWN, FACTS, at(1, signed=1000), NOW)
    gone = unbind(first, at(1, signed=2000), NOW)
    assert bind(gone, FACTS, at(1, signed=1000), NOW) is gone


def test_within_a_millisecond_the_signed_time_says_what_came_after_a_removal() -> None:
    gone = unbind(bind(UNKNOWN, FACTS, at(1), NOW), at(3, signed=2000), NOW)
    replayed = replace(application(3), stamp=at(3, signed=1000))
    assert put_application(gone, replayed, same_secret=False, now=NOW) is gone
    newer = put_application(gone, replace(replayed, stamp=at(3, signed=3000)), same_secret=False, now=NOW)
    assert len(newer.present_applications) == 1


def test_applications_are_told_by_what_happened_to_them() -> None:
    one = put_application(UNKNOWN, application(1), same_secret=False, now=NOW)
    assert put_application(one, application(1), same_secret=True, now=NOW) is one
    later = put_application(one, application(2), same_secret=True, now=NOW)
    assert types(later) == ["application.added"]
    changed = put_application(later, application(3, "other"), same_secret=True, now=NOW)
    rotated = put_application(changed, application(4, "other"), same_secret=False, now=NOW)
    gone = remove_application(rotated, "a", at(5), NOW)
    assert types(gone) == [f"application.{how}" for how in ("added", "modified", "modified", "removed")]
    assert all("secret" not in event.data for event in gone.outbox)
    assert remove_application(gone, "a", at(5), NOW) is gone
    assert types(remove_application(gone, "a", at(6), NOW)) == types(gone)
    assert put_application(gone, application(4), same_secret=False, now=NOW) is gone


def test_the_secret_of_a_removed_application_is_thrown_away() -> None:
    one = put_application(UNKNOWN, application(1), same_secret=False, now=NOW)
    assert "cipher-text" not in remove_application(one, "a", at(2), NOW).to_document()


def test_a_tenant_survives_its_document() -> None:
    tenant = put_application(bind(UNKNOWN, FACTS, at(1), NOW), application(2), same_secret=False, now=NOW)
    tenant = replace(unbind(tenant, at(3, 7), NOW), departments_since=at(2).moment).having_told("s")
    assert Tenant.from_document(tenant.to_document()) == tenant
    assert Tenant.from_document(UNKNOWN.to_document()) == UNKNOWN


def test_what_was_told_is_remembered_for_the_last_syncs_only() -> None:
    tenant = UNKNOWN
    for number in range(MAX_TOLD + 5):
        tenant = tenant.having_told(str(number))
    assert tenant.told == tuple(str(number) for number in range(5, MAX_TOLD + 5))


def test_there_is_room_for_a_bounded_number_of_events() -> None:
    tenant = UNKNOWN
    for _ in range(MAX_TELLINGS):
        tenant.check_room()
        tenant = tenant.telling("user.added", NOW, {})
    with pytest.raises(OutboxFull):
        tenant.check_room()
    with pytest.raises(OutboxFull):
        replace(tenant, outbox=(), dead_letters=tenant.outbox).check_room()


@pytest.mark.parametrize(("one", "other"), [(("a/b", "c"), ("a", "b/c")), (("a%2Fb", "c"), ("a/b", "c"))])
def test_ids_with_slashes_are_not_mixed_up(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert owner_id(*one) != owner_id(*other)


def test_the_instances_of_a_tenant_lie_in_one_partition() -> None:
    keys = {tenant_key(owner_id("t", instance)).partition for instance in ("", "i-1", "i-2")}
    assert len(keys) == 1


def test_the_longest_ids_fit_into_a_key_and_a_header() -> None:
    tenant = Tenant(tenant_id="企" * 64, instance_id="/" * 64).telling("tenant.added", NOW, {})
    assert len(tenant_key(tenant.id).sort.encode()) < 600
    assert tenant.outbox[0].id.isascii()
