"""The transitions of an instance, by the state table of the guide (SaaS guide V2.0, result codes; state against call).

released is final, a repetition gets the earlier answer, the order of status changes is that of their signed times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from koogallery.inferred import NONCE_MEMORY_SECONDS
from koogallery.instances import lifecycle
from koogallery.instances.instance import FrozenPeriod, Instance
from koogallery.instances.lifecycle import Outcome, Request
from koogallery.repetition import MAX_APPLIED
from koogallery_signing import standard_webhooks

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
ORDER = ("CS1", "CS1-000001")
RENEWAL = ("CS2", "CS2-000001")
EXPIRY = "20301124023618"
Call = Callable[[Instance | None, Request], Outcome]

CALLS: dict[str, Call] = {
    "refresh": lambda i, r: lifecycle.refresh(i, "RENEWAL", RENEWAL, EXPIRY, r),
    "freeze": lambda i, r: lifecycle.change_status(i, "FREEZE", r),
    "unfreeze": lambda i, r: lifecycle.change_status(i, "UNFREEZE", r),
    "upgrade": lambda i, r: lifecycle.upgrade(i, RENEWAL, r),
    "release": lambda i, r: lifecycle.release(i, ("", ""), r),
}


def request(nonce: str, seconds: float = 0, *, received: float | None = None) -> Request:
    """A request signed ``seconds`` after the beginning, received then or at ``received``."""
    signed = AT + timedelta(seconds=seconds)
    now = AT + timedelta(seconds=seconds if received is None else received)
    return Request(nonce, int(signed.timestamp() * 1000), now, {"activity": "test"})


def creating() -> Instance:
    """Just created."""
    return lifecycle.create("inst-1", ORDER, request("n0"))


def active() -> Instance:
    """With access data."""
    return lifecycle.set_access(creating(), "sealed", AT)


def frozen() -> Instance:
    """Frozen after a second."""
    return done(CALLS["freeze"](active(), request("n1", 1)))


def released() -> Instance:
    """Released after a second."""
    return done(CALLS["release"](active(), request("n1", 1)))


def done(outcome: Outcome) -> Instance:
    """The instance of a successful outcome."""
    assert outcome.result_code == "000000"
    assert outcome.instance is not None
    return outcome.instance


def types(instance: Instance) -> list[str]:
    """What the seller's product will be told."""
    return [event.type for event in instance.outbox]


@pytest.mark.parametrize(
    ("state", "code"), [(creating, "000004"), (active, "000000"), (frozen, "000000"), (released, "000000")]
)
def test_new_instance_of_a_known_order_line_changes_nothing(state: Callable[[], Instance], code: str) -> None:
    instance = state()
    outcome = lifecycle.answer_new(instance)
    assert (outcome.result_code, outcome.instance) == (code, instance)


TABLE = [
    # state, call, code, status afterwards, event
    (creating, "refresh", "000000", "creating", "instance.renewed"),
    (creating, "freeze", "000000", "frozen", "instance.frozen"),
    (creating, "unfreeze", "000000", "creating", None),
    (creating, "upgrade", "000004", "creating", None),
    (creating, "release", "000000", "released", "instance.released"),
    (active, "refresh", "000000", "active", "instance.renewed"),
    (active, "freeze", "000000", "frozen", "instance.frozen"),
    (active, "unfreeze", "000000", "active", None),
    (active, "upgrade", "000000", "active", "instance.upgraded"),
    (active, "release", "000000", "released", "instance.released"),
    (frozen, "refresh", "000000", "frozen", "instance.renewed"),
    (frozen, "freeze", "000000", "frozen", None),
    (frozen, "unfreeze", "000000", "active", "instance.unfrozen"),
    (frozen, "upgrade", "000000", "frozen", "instance.upgraded"),
    (frozen, "release", "000000", "released", "instance.released"),
    (released, "refresh", "000003", "released", None),
    (released, "freeze", "000003", "released", None),
    (released, "unfreeze", "000003", "released", None),
    (released, "upgrade", "000003", "released", None),
    (released, "release", "000000", "released", None),
]


@pytest.mark.parametrize(("state", "call", "code", "status", "event"), TABLE)
def test_the_state_table(state: Callable[[], Instance], call: str, code: str, status: str, event: str | None) -> None:
    before = state()
    outcome = CALLS[call](before, request("n9", 9))
    after = outcome.instance or before
    assert (outcome.result_code, after.status) == (code, status)
    assert types(after) == types(before) + ([event] if event else [])
    assert [e.sequence for e in after.outbox] == list(range(1, len(after.outbox) + 1))


@pytest.mark.parametrize("call", CALLS)
def test_an_unknown_instance_does_not_exist(call: str) -> None:
    outcome = CALLS[call](None, request("n1"))
    assert (outcome.result_code, outcome.instance) == ("000003", None)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("state", [creating, active, frozen, released])
def test_a_replay_gets_the_earlier_answer_and_writes_nothing(state: Callable[[], Instance], call: str) -> None:
    before = state()
    first = CALLS[call](before, request("n9", 9))
    after = first.instance or before
    again = CALLS[call](after, request("n9", 9, received=60))
    assert again.result_code == first.result_code
    assert again.instance is None or again.instance is after


@pytest.mark.parametrize("call", ["refresh", "freeze", "unfreeze", "upgrade"])
def test_a_replay_gets_the_earlier_answer_though_the_instance_was_released_meanwhile(call: str) -> None:
    after = done(CALLS[call](frozen(), request("n9", 9)))
    gone = done(CALLS["release"](after, request("n10", 10)))
    again = CALLS[call](gone, request("n9", 9, received=30))
    assert (again.result_code, again.instance) == ("000000", gone)


def test_a_nonce_is_remembered_for_twice_the_window() -> None:
    instance = done(CALLS["freeze"](active(), request("n1", 1)))
    later = done(CALLS["unfreeze"](instance, request("n2", NONCE_MEMORY_SECONDS - 1)))
    assert later.earlier_code("n1") == "000000"
    latest = done(CALLS["freeze"](later, request("n3", NONCE_MEMORY_SECONDS + 2)))
    assert [seen.nonce for seen in latest.nonces] == ["n2", "n3"]


def test_creating_and_frozen_becomes_active_when_both_are_over() -> None:
    instance = done(CALLS["freeze"](creating(), request("n1", 1)))
    opened = lifecycle.set_access(instance, "sealed", AT + timedelta(seconds=2))
    assert (instance.status, opened.status) == ("frozen", "frozen")
    assert done(CALLS["unfreeze"](opened, request("n3", 3))).status == "active"


def test_an_upgrade_of_a_frozen_instance_that_was_never_opened_waits() -> None:
    instance = done(CALLS["freeze"](creating(), request("n1", 1)))
    assert CALLS["upgrade"](instance, request("n2", 2)).result_code == "000004"


def test_a_late_freeze_does_not_undo_an_unfreeze() -> None:
    thawed = done(CALLS["unfreeze"](frozen(), request("n5", 5)))
    late = CALLS["freeze"](thawed, request("n3", 3, received=40))
    assert (late.result_code, late.instance) == ("000000", thawed)


def test_a_late_unfreeze_does_not_undo_a_freeze() -> None:
    thawed = done(CALLS["unfreeze"](frozen(), request("n5", 5)))
    again = done(CALLS["freeze"](thawed, request("n7", 7)))
    assert CALLS["unfreeze"](again, request("n6", 6, received=30)).instance is again


def test_a_status_that_holds_already_moves_the_time_of_the_last_change() -> None:
    confirmed = done(CALLS["freeze"](frozen(), request("n9", 9)))
    assert CALLS["unfreeze"](confirmed, request("n5", 5, received=10)).instance is confirmed


def test_a_renewal_is_applied_once_whatever_its_ids() -> None:
    once = done(CALLS["refresh"](active(), request("n1", 1)))
    again = lifecycle.refresh(once, "RENEWAL", RENEWAL, "20401124023618", request("n2", 3600))
    assert again.instance is once
    assert once.expire_time == EXPIRY


@pytest.mark.parametrize("scene", ["TRIAL_TO_FORMAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"])
def test_the_scene_belongs_to_the_key(scene: str) -> None:
    renewed = done(CALLS["refresh"](active(), request("n1", 1)))
    back = done(lifecycle.refresh(renewed, scene, RENEWAL, "20261201000000", request("n2", 2)))
    assert back.expire_time == "20261201000000"
    assert [event.data["scene"] for event in back.outbox[1:]] == ["RENEWAL", scene]


def test_only_a_change_on_renewal_reads_its_order() -> None:
    change = done(lifecycle.refresh(active(), "RENEWAL_CHANGE", RENEWAL, EXPIRY, request("n1")))
    renewal = done(CALLS["refresh"](active(), request("n1")))
    assert change.outbox[-1].order_id == RENEWAL[0]
    assert renewal.outbox[-1].order_id == ""
    assert renewal.outbox[-1].data["expire_time"] == "2030-11-24T02:36:18Z"


def test_seventeen_digits_of_expiry_are_kept_as_fourteen() -> None:
    renewed = done(lifecycle.refresh(active(), "RENEWAL", RENEWAL, EXPIRY + "999", request("n1")))
    assert renewed.expire_time == EXPIRY


def test_an_upgrade_is_applied_once_and_another_order_is_another_upgrade() -> None:
    once = done(CALLS["upgrade"](active(), request("n1", 1)))
    assert CALLS["upgrade"](once, request("n2", 2)).instance is once
    twice = done(lifecycle.upgrade(once, ("CS3", "CS3-000001"), request("n3", 3)))
    assert types(twice).count("instance.upgraded") == 2


def test_a_release_tells_its_order_when_it_has_one() -> None:
    told = done(lifecycle.release(active(), RENEWAL, request("n1"))).outbox[-1]
    assert told.data == {"instance_id": "inst-1", "order_id": RENEWAL[0], "order_line_id": RENEWAL[1]}
    untold = done(CALLS["release"](active(), request("n1"))).outbox[-1]
    assert untold.data == {"instance_id": "inst-1"}


def test_a_released_instance_keeps_its_moment() -> None:
    gone = released()
    assert done(CALLS["release"](gone, request("n5", 500))).released_at == gone.released_at


@pytest.mark.parametrize(
    ("state", "code"), [(creating, "000000"), (active, "000000"), (frozen, "000000"), (released, "000003")]
)
def test_a_living_instance_may_be_changed_at_renewal(state: Callable[[], Instance], code: str) -> None:
    assert lifecycle.check_change(state()).result_code == code
    assert lifecycle.check_change(None).result_code == "000003"


def test_the_first_access_data_opens_and_later_ones_only_replace() -> None:
    opened = active()
    later = lifecycle.set_access(opened, "other", AT + timedelta(hours=1))
    assert (later.access, later.activated_at) == ("other", opened.activated_at)


def test_frozen_time_is_half_open_and_counted_in_whole_seconds() -> None:
    instance = replace(
        active(),
        frozen=(
            FrozenPeriod("2026-11-21T10:00:10.500Z", "2026-11-21T10:00:20.000Z"),
            FrozenPeriod("2026-11-21T10:00:30.100Z", "2026-11-21T10:00:35.900Z"),
            FrozenPeriod("2026-11-21T10:00:40.000Z"),
        ),
    )
    second = AT.replace(minute=0)
    cold = [n for n in range(60) if instance.was_frozen_at(second + timedelta(seconds=n))]
    assert cold == [*range(10, 20), *range(30, 35), *range(40, 60)]


def test_old_frozen_periods_are_forgotten_when_no_usage_of_their_time_is_taken_any_more() -> None:
    instance = active()
    for day in range(60):
        instance = done(CALLS["freeze"](instance, request(f"f{day}", day * 86400)))
        instance = done(CALLS["unfreeze"](instance, request(f"u{day}", day * 86400 + 60)))
    assert len(instance.frozen) < 26
    assert instance.was_frozen_at(AT + timedelta(days=59 - 21, seconds=30))


def test_what_is_remembered_is_bounded() -> None:
    instance = active()
    for number in range(MAX_APPLIED + 5):
        order = (f"CS{number}", "1")
        instance = done(lifecycle.refresh(instance, "RENEWAL", order, EXPIRY, request(f"r{number}", number)))
        instance = replace(instance, outbox=())
    assert len(instance.applied) == MAX_APPLIED
    assert len(instance.nonces) <= NONCE_MEMORY_SECONDS + 1


@pytest.mark.parametrize("state", [creating, active, frozen, released])
def test_an_instance_survives_being_stored(state: Callable[[], Instance]) -> None:
    instance = replace(state(), metered_instances=("a", "b"), product={"charging_mode": "ON_DEMAND"})
    assert Instance.from_document(instance.to_document()) == instance


@pytest.mark.parametrize("instance_id", ["业务-0001", "a.b", "a b", "x" * 97, "\x7f"])
def test_the_id_of_an_event_can_be_signed_whatever_the_id_of_its_instance(instance_id: str) -> None:
    (event,) = lifecycle.create(instance_id, ("CS1", "CS1-000001"), request("n1")).outbox
    assert standard_webhooks.sign("whsec_" + "c2VjcmV0" * 4, event.id, 1_795_255_500, b"{}")["webhook-id"] == event.id


def test_events_have_ids_that_follow_from_instance_and_position() -> None:
    gone = released()
    assert [event.id for event in gone.outbox] == ["msg_inst-1_1", "msg_inst-1_2"]
