"""The client of the state is made before an instance's first call; a fault on the way is told by the call itself."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from bundle_template import PROJECT_TEMPLATE, read_template
from koogallery import services
from koogallery.adapters import urls
from koogallery.clock import FrozenClock
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery.state import State
from local_cloud.context import Context

BUNDLE = read_template(PROJECT_TEMPLATE)
INITIALIZED = sorted(name for name, one in BUNDLE.components.items() if one.initializer_handler)
CLOCK = FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone.utc))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of the states that a fresh instance has opened."""
    addresses: list[str] = []
    open_state = urls.open_state

    def counted(url: str, *, access_key: str | None = None, secret_key: str | None = None) -> State:
        addresses.append(url)
        return open_state(url, access_key=access_key, secret_key=secret_key)

    monkeypatch.setattr(urls, "open_state", counted)
    monkeypatch.setattr(services, "_warm", {})
    return addresses


def context_of(name: str, settings: dict[str, str]) -> Context:
    """What the platform hands to a function."""
    return Context(BUNDLE.components[name], settings, CLOCK, "r-1")


def module_of(name: str) -> ModuleType:
    """The function's code."""
    return import_module(f"functions.{name}.index")


def test_every_function_that_works_with_the_state_has_an_initializer() -> None:
    with_state = {name for name, one in BUNDLE.components.items() if "STATE_URL" in one.settings}
    # prepare_state reports what is wrong with the state, so it opens it itself.
    assert set(INITIALIZED) == with_state - {"prepare_state"}


@pytest.mark.parametrize("name", INITIALIZED)
def test_the_first_call_finds_the_client_made(name: str, opened: list[str], tmp_path: Path) -> None:
    context = context_of(name, {"STATE_URL": f"sqlite:///{tmp_path}/state.db"})
    module_of(name).initializer(context)
    assert len(opened) == 1
    assert Services(Settings.load(from_context(context)), context=context).state.get_many([]) == {}
    assert len(opened) == 1


@pytest.mark.parametrize("settings", [{}, {"STATE_URL": "dynamodb://"}, {"DEBUG_ACCESS": "{"}])
def test_a_fault_of_the_settings_is_told_by_the_call(
    settings: dict[str, str], opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    del opened
    context = context_of("new_instance", settings)
    module = module_of("new_instance")
    module.initializer(context)
    assert not capsys.readouterr().err
    body = base64.b64encode(b'{"activity":"newInstance"}').decode()
    event = {"httpMethod": "POST", "path": "/saas", "headers": {}, "body": body, "isBase64Encoded": True}
    assert json.loads(module.handler(event, context)["body"])["resultCode"] == "000005"
