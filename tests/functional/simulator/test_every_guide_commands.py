"""The commands for the other guides, the enterprise and its people, against a running simulator and a small seller."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from koogallery_simulator import BundleAddresses, OutgoingRequest, Reply, Request, serving
from koogallery_simulator.cli import app
from koogallery_simulator.control_client import call
from koogallery_simulator.serve import simulator
from tests.unit.simulator.every_guide import EveryGuide, Message
from tests.unit.simulator.tools import KEYS

LOGIN_PAGE = "https://login.example.com/#/portal-login?ind=UNOP&appId=app-0001"


@dataclass
class World:
    """A seller that answers every guide, and the simulator that calls it."""

    seller: EveryGuide
    url: str
    app_id: str = "app-0001"

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--simulator", self.url])

    def sold(self, product: str) -> str:
        found: Any = call(self.url, "POST", "orders", {"products": [product]})
        return str(found["lines"][0]["instance_id"])


@contextmanager
def world_of(login_page: str, poll_every: float = 60.0) -> Iterator[World]:
    seller = EveryGuide()

    def answer(request: Request) -> Reply:
        if request.path == "/login":
            return Reply(302, headers={"Location": login_page})
        if request.path == "/login/callback":
            return Reply(403 if "unknown" in str(request.query) else 200, b"welcome", "text/html")
        query = "&".join(f"{name}={value}" for name, value in request.query)
        headers = {"authToken": "yes"} if "authtoken" in request.headers else {}
        made = seller(OutgoingRequest(request.method, f"http://h{request.path}?{query}", headers, request.body))
        signature = made.headers.get("body-sign")
        return Reply(made.status, made.body, headers={"Body-Sign": signature} if signature else {})

    addresses = BundleAddresses.beside
    with serving(answer) as bundle, simulator(KEYS, addresses(f"{bundle}/saas"), poll_every=poll_every) as url:
        yield World(seller, url)


@pytest.fixture
def world() -> Iterator[World]:
    with world_of(LOGIN_PAGE) as made:
        yield made


@pytest.mark.parametrize("product", ["v1-year", "v1-on-demand", "license-a", "license-c"])
def test_products_of_every_guide_are_sold(world: World, product: str) -> None:
    result = world.run("sell", product)
    assert result.exit_code == 0, result.output
    assert "accepted (resultCode 000000)" in result.output
    assert "active" in world.run("instances").output


@pytest.mark.parametrize("product", ["v1-year", "license-a"])
def test_opening_call_that_is_answered_pending_is_repeated(product: str) -> None:
    with world_of(LOGIN_PAGE, poll_every=0.05) as world:
        ready = threading.Event()
        asked_again = threading.Event()

        def answers(message: Message) -> Message | None:
            if ready.is_set():
                return None
            if len(world.seller.messages) > 1:
                asked_again.set()
            return {"resultCode": "000004", "appInfo": None, "license": None}

        world.seller.answers = answers
        result = world.run("sell", product)
        assert result.exit_code == 0
        assert "repeated until it is" in result.output
        assert asked_again.wait(10)
        assert world.run("instances").output == ""
        ready.set()
        for _ in range(200):
            if world.run("instances").output:
                break
            time.sleep(0.02)
        assert "active" in world.run("instances").output
        assert world.run("violations").exit_code == 0


def test_code_stands_in_the_place_of_an_instance(world: World) -> None:
    code = world.sold("license-b")
    assert f"code {code}  ALIVE" in world.run("licenses").output
    assert "refreshLicenseCode: accepted" in world.run("live", "renew", code).output
    assert world.run("live", "freeze", code).exit_code == 0
    assert f"code {code}  EXPIRED" in world.run("licenses").output


@pytest.mark.parametrize(
    ("product", "event", "said"),
    [
        ("v1-year", "expire", "expireInstance: accepted"),
        ("v1-year", "unsubscribe", "releaseInstance: accepted"),
        ("license-a", "expire", "expireLicense: accepted"),
        ("license-a", "release", "releaseLicense: accepted"),
        ("license-b", "unsubscribe", "releaseLicenseCode: accepted"),
        ("license-c", "apply-license", "getLicenseAsync: accepted"),
    ],
)
def test_events_speak_the_words_of_their_guide(world: World, product: str, event: str, said: str) -> None:
    result = world.run("live", event, world.sold(product))
    assert (result.exit_code, result.output) == (0, f"{said} (resultCode 000000)\n")


def test_application_waits_for_its_licence(world: World) -> None:
    world.run("live", "apply-license", world.sold("license-c"))
    assert "waits for the licence" in world.run("licenses").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sell", "v1-year", "one-time"), "of one guide"),
        (("callback", "x", "--dialect", "saas-3"), "no dialect"),
        (("tenant", "marry"), "no event"),
        (("tenant", "bind", "--instance", "unknown"), "no instance"),
        (("tenant", "authorise", "--user", "unknown"), "no user"),
        (("login", "unknown"), "no user"),
        (("dial-test", "--dialect", "saas-3"), "no dialect"),
    ],
)
def test_impossible_wish_is_explained(world: World, arguments: tuple[str, ...], message: str) -> None:
    result = world.run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("product", "event"), [("license-a", "freeze"), ("license-b", "query"), ("v1-year", "apply-license")]
)
def test_event_of_another_guide_is_explained(world: World, product: str, event: str) -> None:
    result = world.run("live", event, world.sold(product))
    assert result.exit_code == 2
    assert f"has no {event}" in result.output


def test_callback_in_another_dialect(world: World) -> None:
    result = world.run("callback", "queryInstance", '{"instanceId":"inst-a"}', "--dialect", "saas-1", "--test")
    assert result.exit_code == 0, result.output
    assert world.seller.requests[-1].method == "GET"


@pytest.mark.parametrize("dialect", ["saas-1", "license-a", "license-b", "license-c", "kit-2", "kit-1"])
def test_dial_tests_of_every_guide(world: World, dialect: str) -> None:
    result = world.run("dial-test", "--dialect", dialect)
    assert (result.exit_code, result.output) == (0, "run 1: passed\n")


def test_life_of_an_enterprise(world: World) -> None:
    instance_id = world.sold("period-year")
    assert world.run("tenant", "credential").output.count("accepted") == 3
    assert world.run("tenant", "bind", "--instance", instance_id).exit_code == 0
    for event in ("authorise", "disable", "enable", "cancel"):
        assert "authSync: accepted" in world.run("tenant", event, "--user", "user.two").output
    assert "allOrgSync: accepted" in world.run("tenant", "departments", "--count", "50").output
    assert world.run("tenant", "unbind").exit_code == 0
    assert world.run("violations").exit_code == 0
    world.seller.answers = lambda message: {"resultCode": "000005"}
    assert world.run("tenant", "credential").exit_code == 1


def test_person_signs_in(world: World) -> None:
    result = world.run("login", "admin.one")
    assert result.exit_code == 0
    assert result.output.startswith("HTTP 200 http://127.0.0.1:")


def test_login_page_of_another_application_is_explained() -> None:
    with world_of("https://login.example.com/#/portal-login?ind=UNOP&appId=other") as world:
        result = world.run("login")
    assert result.exit_code == 2
    assert "appId" in result.output


def test_faults_of_every_interface_can_be_programmed(world: World) -> None:
    for where, code in (("activate", "92020001"), ("upload", "91381036"), ("old-usage", "MKT.9003")):
        assert world.run("fault", "error", "--where", where, "--code", code).exit_code == 0
    assert world.run("fault", "error", "--where", "nowhere").exit_code == 2


def test_catalogue_names_the_guides(world: World) -> None:
    output = world.run("catalogue").output
    for guide in ("saas-2", "saas-1", "license-a", "license-b", "license-c"):
        assert f" {guide} " in output
