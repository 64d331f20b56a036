"""The page of interfaces: every call stands in it, with the function or module that serves it and its tests.

The calls that come in over HTTP are rows of the matrix of ``tests/functional/paths``: here is held that none is
missing, and that each has all its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
import yaml

from bundle_template.bundle import Bundle, Route
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.activities import ACTIVITIES, LICENSE_ACTIVITIES, NOTIFICATIONS
from koogallery.dialects import kit, license_v1, saas_v1
from koogallery.marketplace import authorization_codes, license_upload, order_query, usage_push
from tests.functional.paths import test_paths as matrix_tests
from tests.functional.paths.documented import DOCUMENTED, NEVER, never
from tests.functional.paths.matrix import ROWS
from tests.functional.paths.rows import Row
from tests.functional.paths.told import PARTS, cell, codes_of, exceptions

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
SELLER = yaml.safe_load((ROOT / "docs" / "seller-interface.yaml").read_text(encoding="utf-8"))
_ROW = re.compile(r"^\| (.+?) \| `([a-z_/.]+)` \| (?:(`.+?`: .+?) \| )?(`[^|]+) \|$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def _page() -> dict[str, str]:
    """Text of each part by its heading."""
    text = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


class _Told(NamedTuple):
    """A row of a table. ``matrix``: ids and codes of its rows in the matrix, empty for what is not called over HTTP."""

    name: str
    server: str
    matrix: str
    tests: list[str]


def _rows(part: str) -> list[_Told]:
    found = _ROW.findall(_page()[part])
    return [_Told(name.strip("`"), server, matrix, _CODE.findall(tests)) for name, server, matrix, tests in found]


def _servers(part: str) -> dict[str, str]:
    rows = _rows(part)
    found = {row.name: row.server for row in rows}
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
    for row in rows:
        folder = ROOT / "functions" / row.server / "index.py"
        file = ROOT / "layers" / "core" / row.server
        assert file.is_file() if "/" in row.server else folder.is_file(), row.server


@pytest.mark.parametrize("part", _page())
def test_every_call_has_tests_that_exist(part: str) -> None:
    for row in _rows(part):
        assert row.tests, row.name
    named = [text for text in _CODE.findall(_page()[part]) if "/test_" in text]
    assert [file for file in named if not (ROOT / "tests" / file).is_file()] == []


def test_no_row_is_of_another_form() -> None:
    for part, text in _page().items():
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert len(_rows(part)) == len(lines) - 2, part


# ------------------------------------------------------------------------------------------------------- the matrix
IDS = [row.id for row in ROWS]


def _runs_of(test: Any) -> list[str]:
    """Ids of what a test of the matrix is run with."""
    (mark,) = test.pytestmark
    names, values = mark.args
    return [value.id for value in values] if isinstance(names, tuple) else [mark.kwargs["ids"](row) for row in values]


def test_every_row_of_the_matrix_is_run_by_each_of_its_tests() -> None:
    assert len(set(IDS)) == len(IDS)
    assert _runs_of(matrix_tests.test_happy_path) == [f"{row.id}@{one}" for row in ROWS for one in row.addresses]
    assert _runs_of(matrix_tests.test_code) == [f"{row.id}-{code}" for row in ROWS for code in row.troubles]
    assert _runs_of(matrix_tests.test_idempotency) == IDS
    assert _runs_of(matrix_tests.test_replay) == IDS


@pytest.mark.parametrize("part", PARTS)
def test_the_page_names_the_rows_of_the_matrix_and_their_codes(part: str) -> None:
    told = _rows(part)
    assert {row.name for row in told} == {row.name for row in ROWS if row.part == part}
    assert [row.matrix for row in told] == [cell(part, row.name) for row in told]


@pytest.mark.parametrize("part", PARTS)
def test_the_page_says_why_a_documented_code_has_no_row(part: str) -> None:
    listed = [line for line in _page()[part].splitlines() if line.startswith("* ")]
    assert listed == exceptions(part)


def _told_by_the_guides() -> dict[str, set[str]]:
    return {f"{kind}.{name}": set(codes) for kind, names in DOCUMENTED.items() for name, codes in names.items()}


def test_the_matrix_has_every_interface_of_the_guides_and_no_other() -> None:
    assert set(IDS) == _told_by_the_guides().keys()


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_every_documented_code_is_led_to_or_has_a_reason(row: Row) -> None:
    documented, tested, excused = _told_by_the_guides()[row.id], set(codes_of(row)), never(row.kind, row.name)
    assert tested | excused == documented
    assert tested & excused == set()


def test_every_reason_is_about_an_interface_of_its_guide() -> None:
    for one in NEVER:
        assert set(one.names) <= {name for kind in one.kinds for name in DOCUMENTED[kind]}
        assert all(set(one.names) & DOCUMENTED[kind].keys() for kind in one.kinds)


def _served(route: Route) -> Iterator[tuple[str, str, str]]:
    """(address, activity or empty, function) that the template knows."""
    address = f"{route.method} {route.path}"
    yield address, "", route.function
    for policy in route.policies:
        yield from ((address, value, policy.function) for value in policy.values)


def test_the_matrix_calls_every_route_and_every_policy(bundle: Bundle) -> None:
    called = {(address, activity) for row in ROWS for address in row.addresses for activity in ("", row.name)}
    served = {
        (address, activity): function for route in bundle.routes for address, activity, function in _served(route)
    }
    assert served.keys() <= called
    assert {address for address, _ in called} == {address for address, _ in served}
    servers = {(row.part, told.name): told.server for row in ROWS for told in _rows(row.part)}
    for row in ROWS:
        for address in row.addresses:
            expected = served.get((address, row.name), served[address, ""])
            assert servers[row.part, row.name] == expected, (row.id, address)


# -------------------------------------------------------------------------- codes that the bundle's own pages document
def _operations() -> Iterator[tuple[str, set[str]]]:
    for path, item in SELLER["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                yield f"{method.upper()} {path}", set(item[method]["responses"])


def test_the_seller_interface_documents_the_statuses_the_matrix_knows() -> None:
    known = {name: {code.partition(" ")[0] for code in codes} for name, codes in DOCUMENTED["seller"].items()}
    assert dict(_operations()) == known


@pytest.mark.parametrize(("schema", "statuses"), [("Problem", "45"), ("Rejection", "2")])
def test_every_code_of_the_seller_interface_is_known_to_the_matrix(schema: str, statuses: str) -> None:
    listed = set(SELLER["components"]["schemas"][schema]["properties"]["code"]["enum"])
    known = {code for codes in DOCUMENTED["seller"].values() for code in codes if " " in code}
    assert {code.partition(" ")[2] for code in known if code[0] in statuses} == listed


def test_every_code_of_the_sign_in_is_known_to_the_matrix() -> None:
    page = (ROOT / "docs" / "sign-in.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \| \d{3} \|", page, re.MULTILINE))
    assert listed
    assert listed <= {code for codes in DOCUMENTED["browser"].values() for code in codes}
