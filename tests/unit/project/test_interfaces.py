"""The page of interfaces: every call stands in it, with the function or module that serves it and its tests."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from bundle_template.bundle import Bundle
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.activities import ACTIVITIES, LICENSE_ACTIVITIES, NOTIFICATIONS
from koogallery.dialects import kit, license_v1, saas_v1
from koogallery.marketplace import authorization_codes, license_upload, order_query, usage_push

ROOT = PROJECT_TEMPLATE.parent
CALLBACKS: dict[str, Mapping[str, str]] = {
    "SaaS 2.0": {name: one.function for name, one in ACTIVITIES.items()},
    "SaaS 1.0": {name: one.function for name, one in saas_v1.ACTIVITIES.items()},
    "Old licence guide": {name: one.function for name, one in license_v1.ACTIVITIES.items()},
    "Authorization codes and online licences": {name: one.function for name, one in LICENSE_ACTIVITIES.items()},
    "Order notification": {name: one.function for name, one in NOTIFICATIONS.items()},
    "Joint kit": kit.FUNCTIONS,
}
CALLED = {
    f"GET {order_query.PATH}": "order_query",
    f"POST {usage_push.PATH}": "usage_push",
    f"POST {usage_push.OLD_PATH}": "usage_push",
    f"POST {authorization_codes.ACTIVATE_PATH}": "authorization_codes",
    f"POST {authorization_codes.QUERY_PATH}": "authorization_codes",
    f"POST {authorization_codes.USAGE_PATH}": "authorization_codes",
    f"POST {license_upload.PATH}": "license_upload",
}
_ROW = re.compile(r"^\| (.+?) \| `([^`]+)` \| (.+?) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def _page() -> dict[str, str]:
    """Text of each part by its heading."""
    text = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _rows(part: str) -> list[tuple[str, str, list[str]]]:
    """(interface, what serves it, test files) of each row."""
    return [(name.strip("`"), server, _CODE.findall(tests)) for name, server, tests in _ROW.findall(_page()[part])]


def _servers(part: str) -> dict[str, str]:
    rows = _rows(part)
    found = {name: server for name, server, _ in rows}
    assert len(found) == len(rows), "an interface stands there twice"
    return found


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_template(PROJECT_TEMPLATE)


@pytest.mark.parametrize("part", CALLBACKS)
def test_every_callback_stands_there_with_its_function(part: str) -> None:
    assert _servers(part) == CALLBACKS[part]


def test_every_route_but_those_of_the_callbacks_stands_there(bundle: Bundle) -> None:
    told = {**_servers("Browsers"), **_servers("The seller's product calls")}
    others = {
        f"{route.method} {route.path}": route.function
        for route in bundle.routes
        if route.path.startswith(("/seller/", "/login", "/logout"))
    }
    assert told == others


def test_every_route_of_the_callbacks_is_named(bundle: Bundle) -> None:
    page = _page()
    addresses = {
        ("POST", "/saas"): "SaaS 2.0",
        ("POST", "/"): "SaaS 2.0",
        ("GET", "/saas"): "SaaS 1.0",
        ("GET", "/"): "SaaS 1.0",
        ("GET", "/license"): "Old licence guide",
        ("POST", "/license"): "Authorization codes and online licences",
        ("POST", "/order-notify"): "Order notification",
    }
    for route in bundle.routes:
        if route.path.startswith(("/seller/", "/login", "/logout")):
            continue
        if "/produceAPI/" in route.path:
            assert _servers("Joint kit")[route.path.rpartition("/")[2]] == route.function
        else:
            assert f"`{route.method} {route.path}`" in page[addresses[route.method, route.path]]


def test_every_timer_stands_there_with_its_function(bundle: Bundle) -> None:
    assert _servers("Timers") == {timer.name: timer.function for timer in bundle.timers}


def test_every_function_of_the_template_stands_there(bundle: Bundle) -> None:
    named = {name for text in _page().values() for name in _CODE.findall(text)}
    assert set(bundle.components) - named == set()


def test_every_open_api_stands_there_with_its_module() -> None:
    told = _servers("The bundle calls")
    assert {name: told.get(name) for name in CALLED} == {
        name: f"koogallery/marketplace/{module}.py" for name, module in CALLED.items()
    }


@pytest.mark.parametrize("part", _page())
def test_what_serves_a_call_exists(part: str) -> None:
    rows = _rows(part)
    assert rows
    for _, server, _ in rows:
        folder = ROOT / "functions" / server / "index.py"
        assert (ROOT / "layers" / "core" / server).is_file() if "/" in server else folder.is_file(), server


@pytest.mark.parametrize("part", _page())
def test_every_call_has_tests_that_exist(part: str) -> None:
    for name, _, tests in _rows(part):
        assert tests, name
    named = [text for text in _CODE.findall(_page()[part]) if "/test_" in text]
    assert [file for file in named if not (ROOT / "tests" / file).is_file()] == []


def test_no_row_is_of_another_form() -> None:
    for part, text in _page().items():
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert len(_rows(part)) == len(lines) - 2, part
