from __future__ import annotations

from collections.abc import Iterator

import pytest

from koogallery.clock import FrozenClock
from koogallery.state import Item
from koogallery.use_cases import expire_sessions
from tests.support.auth_centre import AuthCentre
from tests.support.dying_state import ProcessDied
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.sign_in_world import AT, SignInWorld

DAY, MONTH = 86_400, 30 * 86_400


@pytest.fixture
def world() -> Iterator[SignInWorld]:
    with AuthCentre(FrozenClock(AT)) as centre:
        world = SignInWorld(centre)
        world.sync()
        yield world


def items(world: SignInWorld) -> list[Item]:
    assert isinstance(world.state, MemoryState)
    return world.state.all_items()


def test_after_a_month_a_login_has_left_nothing_behind(world: SignInWorld) -> None:
    before = items(world)
    for _ in range(3):
        assert world.browser().sign_in(world.code()).status == 303
    world.browser().sign_in("a-code-nobody-gave")
    assert world.expire() == {}
    world.clock.advance(DAY)
    assert world.expire() == {"removed": 4}
    world.clock.advance(MONTH)
    assert world.expire() == {"removed": 3}
    assert items(world) == before


def test_used_codes_stay_used_for_a_day(world: SignInWorld) -> None:
    code = world.code()
    world.browser().sign_in(code)
    world.clock.advance(DAY - 1)
    world.expire()
    world.centre.codes[code] = {"userName": "user.two", "tenant": "tenant-0001"}
    assert world.browser().sign_in(code).status == 400


def test_a_session_that_was_refreshed_is_not_removed_before_its_month(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.clock.advance(MONTH - 1)
    world.expire()
    assert browser.get("/login/refresh").status == 303
    assert "code=" in browser.get("/login/refresh").headers["Location"]


def test_a_logout_takes_the_pointer_along(world: SignInWorld) -> None:
    before = items(world)
    browser, _ = world.signed_in()
    browser.get("/logout")
    world.clock.advance(DAY)
    assert world.expire() == {"removed": 1}
    assert items(world) == before


def test_a_run_removes_page_by_page_and_stops_at_its_limit(world: SignInWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    before = items(world)
    monkeypatch.setattr(expire_sessions, "PAGE", 2)
    monkeypatch.setattr(expire_sessions, "MAX_A_RUN", 4)
    for _ in range(5):
        world.browser().sign_in("a-code-nobody-gave-" + world.code())
    world.clock.advance(DAY)
    assert [world.expire(), world.expire(), world.expire()] == [{"removed": 4}, {"removed": 1}, {}]
    assert items(world) == before


def test_a_run_that_dies_is_finished_by_the_next(world: SignInWorld) -> None:
    before = items(world)
    for number in range(1, 40):
        world.browser().sign_in(world.code())
        world.clock.advance(MONTH)
        world.life = Life(die_at=number)
        try:
            world.expire()
            died = False
        except ProcessDied:
            died = True
        world.life = Life()
        world.expire()
        assert items(world) == before
        if not died:
            return
    pytest.fail("never ran to its end")
