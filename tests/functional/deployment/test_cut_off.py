"""Whatever goes wrong on the way, the next apply ends in the state that an undisturbed one ends in."""

from __future__ import annotations

import pickle
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bundle_template import Bundle
from deployment.actual import Account
from deployment.apply import carry_out, plan
from deployment.clock import Clock
from deployment.errors import Busy, DeployError, Unavailable
from deployment.lock import LEASE, Lock, held
from deployment.work import Work
from tests.fake_cloud import FakeCloud
from tests.fake_cloud.state import State
from tests.support.deployments import SMALL_TEMPLATE, START, MovableTime, Rig
from tests.support.memory_buckets import MemoryBuckets

NOTED = re.compile(r" (seal|prepared)=\S+")
UPLOAD = re.compile(r"<(\w+) \d+>")
"""A version of a dependency package: the how-manieth upload of the same content it is decides nothing."""


def settled(rig: Rig) -> Any:
    """The account and the bucket without what depends on the moment and on ids."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {plain(key): plain(entry) for key, entry in value.items() if (key, type(entry)) != ("version", int)}
        if isinstance(value, list):
            return [plain(entry) for entry in value]
        return UPLOAD.sub(r"<\1>", NOTED.sub("", value)) if isinstance(value, str) else value

    return plain(rig.cloud.snapshot()), rig.objects.buckets


def states_after_writes(rig: Rig) -> list[bytes]:
    """The account as it is after each changing call of an apply: what a kill at any moment leaves behind."""
    found: list[bytes] = []

    def keep() -> None:
        found.append(pickle.dumps((rig.cloud.state, rig.objects.buckets)))

    answer = rig.cloud.answer

    def recorded(*request: Any) -> tuple[int, Any]:
        before = rig.cloud.state.changes
        reply = answer(*request)
        if rig.cloud.state.changes != before:
            keep()
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rig.cloud, "answer", recorded)
        patch.setattr(rig.objects, "_wrote", lambda _: keep())
        rig.apply()
    return found


def check_every_cut(rig: Rig) -> int:
    states = states_after_writes(rig)
    expected = settled(rig)
    for number, kept in enumerate(states, start=1):
        rig.cloud.state, rig.objects.buckets = pickle.loads(kept)  # noqa: S301 - our own state
        rig.time.moment += timedelta(hours=1)
        rig.apply()
        assert settled(rig) == expected, f"cut off after changing call {number}"
        # Nothing else may be there twice: names of rules are not unique.
        assert len(rig.cloud.state.alarms) == len(rig.bundle.alarms), f"cut off after changing call {number}"
    assert rig.plan() == []
    return len(states)


def test_a_first_apply_cut_off_after_any_call_is_ended_by_the_next(small: Rig) -> None:
    assert check_every_cut(small) > 30


def test_a_later_apply_cut_off_after_any_call_is_ended_by_the_next(deployed: Rig) -> None:
    deployed.text = deployed.texts["core"] = "2"
    deployed.settings["STATE_URL"] = "plain-other"
    assert check_every_cut(deployed) > 10


def test_an_apply_of_another_template_cut_off_after_any_call_is_ended_by_the_next(deployed: Rig) -> None:
    def another(bundle: Bundle) -> Bundle:
        components = {name: replace(one, reserved_instances=2) for name, one in bundle.components.items()}
        return replace(
            bundle,
            components=components,
            routes=tuple(replace(route, policies=()) for route in bundle.routes[:1]),
            timers=tuple(replace(one, schedule="7m") for one in bundle.timers),
            alarms=tuple(replace(one, threshold=7) for one in bundle.alarms),
        )

    deployed.change = another
    assert check_every_cut(deployed) > 10


def test_a_connection_lost_in_the_middle_of_a_call_stops_with_a_text_and_is_mended(small: Rig) -> None:
    small.cloud.faults.cut_after = 30
    with pytest.raises(Unavailable, match="koogallery_prod"):
        small.apply()
    small.cloud.faults.revive()
    small.time.moment += timedelta(hours=1)
    small.apply()
    assert small.plan() == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with FakeCloud() as cloud:
        rig = Rig(cloud, tmp_path_factory.mktemp("packages"), template=SMALL_TEMPLATE)
        rig.apply()
        return settled(rig)


def throttled(cloud: FakeCloud) -> None:
    cloud.faults.throttle_every = 3


def failing(cloud: FakeCloud) -> None:
    cloud.faults.fail_before = set(range(4, 2000, 5))


def failing_late(cloud: FakeCloud) -> None:
    """The effect is there, the answer says 500: a repetition must not make a second one."""
    cloud.faults.fail_after = set(range(4, 2000, 5))


def lagging(cloud: FakeCloud) -> None:
    cloud.faults.lag = 5


def short_pages(cloud: FakeCloud) -> None:
    cloud.site.page_size = 1


@pytest.mark.parametrize("fault", [throttled, failing, failing_late, lagging, short_pages])
def test_faults_do_not_change_the_outcome(small: Rig, undisturbed: Any, fault: Callable[[FakeCloud], None]) -> None:
    fault(small.cloud)
    small.apply()
    small.cloud.faults.reset()
    assert settled(small) == undisturbed
    assert small.plan() == []


def test_every_creation_may_lose_its_answer(small: Rig, undisturbed: Any) -> None:
    for first in range(5):
        small.cloud.state = State()
        rig = small.again(gateway="", objects=MemoryBuckets())
        rig.cloud.faults.reset()
        rig.cloud.faults.fail_after = set(range(first, 2000, 5))
        rig.apply()
        assert settled(rig) == undisturbed
        assert len(rig.cloud.state.alarms) == 1


def test_tries_are_bounded_and_the_error_says_what_to_do(small: Rig) -> None:
    small.cloud.faults.throttle_every = 1
    with pytest.raises(Unavailable, match="run the command again later"):
        small.apply()
    assert len(small.calls) < 10
    assert 30 < sum(small.time.slept) < 120


def quick_clock() -> Clock:
    """A hundred times as fast, so that waiting for the other apply takes no time."""
    began = time.monotonic()
    return Clock(
        lambda: START + timedelta(seconds=(time.monotonic() - began) * 100), lambda seconds: time.sleep(seconds / 100)
    )


class QuickTime(MovableTime):
    """A time that passes by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = quick_clock()

    @property
    def clock(self) -> Clock:
        return self._clock


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except DeployError as exc:
            failures.append(exc)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def test_two_applies_of_different_states_at_once_end_in_one_of_them(deployed: Rig) -> None:
    passing = QuickTime()
    one = deployed.again(text="2", time=passing, owner="one")
    two = deployed.again(text="3", time=passing, owner="two")
    assert at_once(one.apply, two.apply) == []
    outcomes = [rig for rig in (one, two) if rig.plan() == []]
    assert len(outcomes) == 1
    assert [group.name for group in deployed.cloud.state.groups.values()] == ["koogallery_prod"]


def test_two_first_applies_without_the_lock_end_in_the_same_state(small: Rig, undisturbed: Any) -> None:
    def unlocked(account: Account) -> None:
        changes, found = plan(account, small.desired)
        carry_out(Work(account, found), changes, small.desired, lambda: None)

    at_once(lambda: unlocked(small.account), lambda: unlocked(small.account))
    small.apply()
    assert settled(small) == undisturbed
    assert len(small.cloud.state.alarms) == 1
    assert small.plan(full=True) == []


def test_a_lock_left_behind_is_taken_over_after_its_lease(deployed: Rig) -> None:
    lock = Lock(deployed.account, "killed", deployed.lines.append)
    lock.acquire()
    deployed.text = "2"
    deployed.apply()
    assert sum(deployed.time.slept) >= LEASE.total_seconds()
    assert any("taking over from killed" in line for line in deployed.lines)
    assert deployed.plan() == []


def test_an_apply_that_does_not_end_makes_the_next_one_give_up(deployed: Rig) -> None:
    with held(deployed.account, "slow", lambda _: None) as keep:
        patient = deployed.time.sleep

        def renewing(seconds: float) -> None:
            patient(seconds)
            keep()

        deployed.time.sleep = renewing  # type: ignore[method-assign]  # the other apply goes on meanwhile
        deployed.text = "2"
        with pytest.raises(Busy, match="holds the lock"):
            deployed.again(owner="other").apply()
