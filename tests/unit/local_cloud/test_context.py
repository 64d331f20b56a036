"""The context gives a function what the platform gives, and no setting more than the template allows."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bundle_template.bundle import Component
from koogallery.clock import FrozenClock
from local_cloud.context import Context

COMPONENT = Component(
    name="one",
    code_uri="functions/one",
    handler="index.handler",
    runtime="Python3.10",
    memory_size=512,
    timeout=10,
    initializer_handler=None,
    initializer_timeout=None,
    layers=(),
    in_vpc=True,
    settings=("PLAIN",),
    encrypted_settings=("HIDDEN", "UNSET"),
    line=1,
)
SETTINGS = {"PLAIN": "p", "HIDDEN": "h-u-s-h", "OTHER": "of another function"}


def _clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc))


def test_only_the_settings_of_the_template_are_given() -> None:
    context = Context(COMPONENT, SETTINGS, _clock(), "r-1")
    given = {name: context.getUserData(name) for name in ("PLAIN", "HIDDEN", "UNSET", "OTHER")}
    assert given == {"PLAIN": "p", "HIDDEN": "h-u-s-h", "UNSET": None, "OTHER": None}
    assert context.getUserData("OTHER", "default") == "default"


def test_the_remaining_time_runs_out() -> None:
    clock = _clock()
    context = Context(COMPONENT, SETTINGS, clock, "r-1")
    assert context.getRemainingTimeInMilliSeconds() == 10_000
    clock.advance(2.5)
    assert context.getRemainingTimeInMilliSeconds() == 7_500
    clock.advance(60)
    assert context.getRemainingTimeInMilliSeconds() == 0


def test_it_says_what_the_platform_says() -> None:
    context = Context(COMPONENT, SETTINGS, _clock(), "r-1")
    assert context.getRequestID() == "r-1"
    assert context.getFunctionName() == "one"
    assert context.getRunningTimeInSeconds() == 10
    assert context.getMemorySize() == 512
    assert context.getCPUNumber() == 400
    assert (context.getVersion(), context.getAlias(), context.getPackage()) == ("latest", "", "default")
    assert context.getProjectID()
    assert context.getToken()


def test_the_keys_of_the_agency_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"AWS_ACCESS_KEY_ID": "ak", "AWS_SECRET_ACCESS_KEY": "sk", "AWS_SESSION_TOKEN": "token"}
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    context = Context(COMPONENT, SETTINGS, _clock(), "r-1")
    triple = (context.getSecurityAccessKey(), context.getSecuritySecretKey(), context.getSecurityToken())
    assert triple == ("ak", "sk", "token")


def test_the_withdrawn_methods_do_not_exist() -> None:
    context = Context(COMPONENT, SETTINGS, _clock(), "r-1")
    assert not hasattr(context, "getAccessKey")
    assert not hasattr(context, "getSecretKey")


def test_its_text_shows_no_setting() -> None:
    assert "h-u-s-h" not in repr(Context(COMPONENT, SETTINGS, _clock(), "r-1"))


def test_the_logger_writes_moment_request_and_text_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Context(COMPONENT, SETTINGS, _clock(), "r-1").getLogger().info("ready")
    assert capsys.readouterr().err == "2026-11-21T10:05:00Z r-1 ready\n"
