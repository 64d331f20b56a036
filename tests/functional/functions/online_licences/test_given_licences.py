"""The licence the product gives for an application: its forms, its limits, and that it never changes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.functional.functions.online_licences.applications import LICENCE, applied, shown
from tests.support.licences import LicenseWorld


def test_the_licence_of_an_application_never_changes(world: LicenseWorld) -> None:
    applied(world)
    world.give("EV-1", LICENCE)
    for _ in range(2):
        assert world.give("EV-1", "ANOTHER")[1]["code"] == "license_conflict"
        assert world.give("EV-1", LICENCE)[0] == 200
        world.deliver()
    assert len(world.ends.taken) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"license": ""},
        {"license": "x" * 1025},
        {"license": 7},
        {"license": "a", "content_base64": "QQ=="},
        {"content_base64": "QQ=="},
        {"file_name": "a.lic"},
        {"file_name": "a.lic", "content_base64": ""},
        {"file_name": "a.lic", "content_base64": "no base64!"},
        {"file_name": "a.lic", "content_base64": base64.b64encode(bytes(131_073)).decode()},
        {"file_name": "../a.lic", "content_base64": "QQ=="},
        {"file_name": 'a".lic', "content_base64": "QQ=="},
        {"file_name": "a\r\nb", "content_base64": "QQ=="},
        {"file_name": "..", "content_base64": "QQ=="},
    ],
)
def test_what_is_no_licence_is_refused(world: LicenseWorld, body: dict[str, Any]) -> None:
    applied(world)
    status, problem = world.licences("PUT", "EV-1", body)
    assert (status, problem["code"]) == (400, "malformed_request")
    assert shown(world)["status"] == "requested"


def test_a_file_of_128_kilobytes_is_kept_and_sent(world: LicenseWorld) -> None:
    applied(world)
    body = {"file_name": "a.lic", "content_base64": base64.b64encode(bytes(131_072)).decode()}
    assert world.licences("PUT", "EV-1", body)[0] == 200
    world.deliver()
    assert len(world.ends.taken[0].parts()["file"][1]) == 131_072


def test_nobody_asked_for_this_licence(world: LicenseWorld) -> None:
    ordinary = world.open("on-demand")
    for license_id in ("EV-9", ordinary):
        assert world.give(license_id, LICENCE)[0] == 404
        assert world.licences("GET", license_id)[0] == 404
