"""Who may sign in: those whom the syncs allow, for the instances that authorise them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.auth_centre import AuthCentre
from tests.support.memory_state import MemoryState
from tests.support.sign_in_world import INSTANCE, SignInWorld, title


def test_an_unknown_tenant_is_refused_before_anything_is_written_or_called(world: SignInWorld) -> None:
    assert isinstance(world.state, MemoryState)
    before = world.state.all_items()
    reply = world.browser().sign_in(world.code(), tenant="tenant-9999")
    assert (reply.status, title(reply)) == (403, "No access")
    assert world.state.all_items() == before
    assert not world.centre.calls


def test_userinfo_of_another_tenant_is_refused(world: SignInWorld) -> None:
    world.sync(tenant="tenant-0002")
    reply = world.browser().sign_in(world.code(tenant="tenant-0002"))
    assert reply.status == 403
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(
    "sync",
    [
        lambda world: world.authorize(enabled=False),
        lambda world: world.authorize(status="removed"),
        lambda world: world.cancel_authorization(),
        lambda world: world.remove_application(),
        lambda world: world.unbind(),
    ],
    ids=["disabled", "removed", "not-authorised", "no-application", "unbound"],
)
def test_whom_the_syncs_do_not_allow_is_refused(world: SignInWorld, sync: Callable[[SignInWorld], None]) -> None:
    sync(world)
    reply = world.browser().sign_in(world.code())
    assert (reply.status, title(reply)) == (403, "No access")


def test_a_user_no_sync_named_is_refused(world: SignInWorld) -> None:
    assert world.browser().sign_in(world.code(userName="stranger")).status == 403


def test_another_application_than_the_settings_is_refused(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="app-9999")
    world.sync()
    assert world.browser().sign_in(world.code()).status == 403
    assert not centre.calls


def test_instances_are_those_that_authorise_the_user(world: SignInWorld) -> None:
    world.bind(instance="inst-0002")
    world.add_application(instance="inst-0002")
    _, session = world.signed_in()
    assert session["instance_ids"] == [INSTANCE]
    world.authorize(instance="inst-0002")
    _, session = world.signed_in()
    assert session["instance_ids"] == ["inst-0002", INSTANCE]
