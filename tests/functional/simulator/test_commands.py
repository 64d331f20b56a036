"""The commands against a running simulator, and the control API behind them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

from koogallery_simulator import BundleAddresses, ShiftedClock, Shops, tenant_desk
from koogallery_simulator.cli import app
from koogallery_simulator.control import Control
from koogallery_simulator.control_client import call
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.errors import SimulatorError
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.poller import Poller
from koogallery_simulator.serve import simulator
from koogallery_simulator.server import serving
from koogallery_simulator.transport import send_over_http
from tests.unit.simulator.tools import KEYS, Seller, codes, marketplace, opened, record

COMMANDS = (
    "serve sell live callback dial-test bill violations fault instances catalogue clock "  # noqa: SIM905
    "tenant login licenses".split()
)


@dataclass
class World:
    """A seller, and the simulator that calls it."""

    seller: Seller
    url: str

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--simulator", self.url])

    def instance(self, product: str = "on-demand") -> str:
        found = cast("dict[str, Any]", call(self.url, "POST", "orders", {"products": [product]}))
        return str(found["lines"][0]["instance_id"])

    def get(self, name: str) -> Any:
        return call(self.url, "GET", name)


@contextmanager
def seller_and_simulator(poll_every: float = 60.0) -> Iterator[World]:
    seller = Seller()

    def answer(request: Request) -> Reply:
        made = seller(OutgoingRequest(request.method, request.path, request.headers, request.body))
        return json_reply(made.status, json.loads(made.body))

    with (
        serving(answer) as bundle,
        simulator(KEYS, BundleAddresses.beside(f"{bundle}/saas"), poll_every=poll_every) as url,
    ):
        yield World(seller, url)


@pytest.fixture
def world() -> Iterator[World]:
    with seller_and_simulator() as made:
        yield made


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_works_for_every_command(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_help_says_what_it_does_and_what_it_does_not() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    assert "It does:" in output
    assert "It does not:" in output
    assert all(command in output for command in COMMANDS)


def test_selling_sends_a_callback_for_every_line(world: World) -> None:
    result = world.run("sell", "period-year", "on-demand", "--quantity", "5")
    assert result.exit_code == 0, result.output
    assert result.output.count("newInstance: accepted") == 2
    assert [one["status"] for one in world.get("instances")] == ["creating", "creating"]
    assert world.get("orders")[0]["orderLine"][0]["productInfo"][0]["linearValue"] == 5


def test_sale_that_is_not_accepted_exits_1(world: World) -> None:
    world.seller.answers = lambda message: {"resultCode": "000106"}
    result = world.run("sell", "one-time", "--json")
    assert result.exit_code == 1
    assert [one["result_code"] for one in json.loads(result.stdout)["lines"][0]["attempts"]] == ["000106"] * 4


def test_order_alone_sends_nothing(world: World) -> None:
    assert world.run("sell", "one-time", "--no-callback").exit_code == 0
    assert world.seller.requests == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sell", "nothing"], "there are: period-year"),
        (["live", "renew", "unknown"], "no instance"),
        (["fault", "flood"], "there are: throttle"),
        (["callback", "queryInstance", "no json"], "is no JSON"),
        (["callback", "queryInstance", "[]"], "must be an object"),
    ],
)
def test_mistakes_exit_2_with_a_message_to_act_on(world: World, arguments: list[str], message: str) -> None:
    result = world.run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("event", "more", "status"),
    [
        ("freeze", [], "frozen"),
        ("unfreeze", [], "creating"),
        ("query", [], "active"),
        ("renew", [], "creating"),
        ("cancel-renewal", ["--expire", "20270101000000"], "creating"),
        ("convert-trial", ["--product", "period-year"], "creating"),
        ("change-on-renewal", ["--product", "period-month"], "creating"),
        ("upgrade", ["--product", "period-year-large"], "creating"),
        ("release", [], "released"),
        ("unsubscribe", [], "released"),
    ],
)
def test_events_of_a_life(world: World, event: str, more: list[str], status: str) -> None:
    instance_id = world.instance("period-year")
    result = world.run("live", event, instance_id, *more)
    assert result.exit_code == 0, result.output
    assert [one["status"] for one in world.get("instances")] == [status]
    assert instance_id in world.run("instances").output


@pytest.mark.parametrize(
    ("event", "more"), [("explode", []), ("upgrade", []), ("upgrade", ["--product", "x"]), ("cancel-renewal", [])]
)
def test_malformed_event_exits_2(world: World, event: str, more: list[str]) -> None:
    assert world.run("live", event, world.instance("period-year"), *more).exit_code == 2


def test_refused_event_exits_1(world: World) -> None:
    instance_id = world.instance()
    world.seller.answers = lambda message: {"resultCode": "000005"}
    result = world.run("live", "release", instance_id)
    assert result.exit_code == 1
    assert "NOT accepted (resultCode 000005)" in result.output


def test_own_callbacks_can_be_sent_copied_and_sent_again(world: World) -> None:
    members = json.dumps({"instanceId": "inst-a", "status": "FREEZE"})
    result = world.run("callback", "updateInstanceStatus", members, "--copies", "2", "--resend")
    assert result.exit_code == 0
    assert result.output.count("accepted") == 3
    bodies = [request.body for request in world.seller.requests]
    assert len(set(bodies)) == 1


def test_own_new_instance_of_a_sold_line_opens_it(world: World) -> None:
    order = cast("dict[str, Any]", call(world.url, "POST", "orders", {"products": ["on-demand"], "deliver": False}))
    line_id = order["lines"][0]["order_line_id"]
    members = json.dumps({"orderId": order["order_id"], "orderLineId": line_id, "businessId": "my-own-id"})
    assert world.run("callback", "newInstance", members).exit_code == 0
    assert [one["instance_id"] for one in world.get("instances")] == ["my-own-id"]
    unknown = json.dumps({"orderId": "CS1", "orderLineId": "CS1-000001"})
    assert world.run("callback", "newInstance", unknown).exit_code == 0
    assert len(world.get("instances")) == 1


def test_own_callback_follows_the_retry_rules(world: World) -> None:
    world.seller.answers = lambda message: {"resultCode": "000005"}
    result = world.run("callback", "releaseInstance", '{"instanceId":"inst-a"}', "--retry", "--test")
    assert result.exit_code == 1
    assert len(world.seller.requests) == 7
    assert world.seller.bodies[0]["testFlag"] == "1"


def test_dial_test_passes_and_fails(world: World) -> None:
    assert world.run("dial-test").exit_code == 0
    world.seller.answers = lambda message: {"resultCode": "000005"}
    result = world.run("dial-test", "--days", "5")
    assert result.exit_code == 1
    assert "trading is frozen" in result.output
    assert "FROZEN" in world.run("catalogue").output
    assert world.run("sell", "one-time").exit_code == 2


def test_violations_are_listed_and_forgotten(world: World) -> None:
    assert world.run("violations").exit_code == 0
    world.seller.answers = lambda message: {"resultMsg": ""}
    world.run("callback", "releaseInstance", '{"instanceId":"inst-a"}')
    result = world.run("violations", "--clear")
    assert result.exit_code == 1
    assert "result-msg" in result.output
    assert json.loads(world.run("violations", "--json").output) == []


def test_faults_are_programmed_listed_and_cleared(world: World) -> None:
    assert world.run("fault", "hang", "--seconds", "1", "--after-booking", "--where", "usage").exit_code == 0
    assert world.run("fault", "force-code", "--instance", "inst-a", "--code", "013", "--times", "3").exit_code == 0
    assert world.run("fault", "abnormal-member", "--form", "other").exit_code == 0
    assert world.run("fault", "throttle", "--blank").output == "programmed; 3 pending\n"
    assert world.get("faults")[-1] == {"kind": "force-code", "code": "013", "left": 3}
    assert world.run("fault", "clear").exit_code == 0
    assert world.get("faults") == []


def test_bill_is_printed(world: World) -> None:
    assert world.run("bill").output == "total 0\n"
    assert json.loads(world.run("bill", "--json").output)["instances"] == {}


def test_bill_lists_hours_and_abnormal_records() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    codes(market, record(), record(metering_sn="again"))
    shops = Shops(market, BundleAddresses.beside("http://127.0.0.1:8700/saas"), transport=Seller())
    with (
        tenant_desk(shops.kit, clock, "http://127.0.0.1:8700/saas") as desk,
        serving(Control(shops, desk, ShiftedClock()).handle) as url,
    ):
        output = CliRunner().invoke(app, ["bill", "--simulator", url]).output
    assert output.splitlines() == [
        "inst-a  total 1.5",
        "  2026-01-15T10  1.5",
        "abnormal 010  inst-a  again",
        "total 1.5",
    ]


def test_polling_gives_up_after_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koogallery_simulator.poller.MOST_POLLS", 2)
    market, _ = marketplace()
    opened(market)
    seller = Seller()
    seller.answers = lambda message: {"resultCode": "000004", "info": None}
    poller = Poller(Shops(market, BundleAddresses.beside("http://127.0.0.1:8700/saas"), transport=seller), 60.0)
    for _ in range(5):
        poller.round()
    assert len(seller.requests) == 2


def test_command_is_an_executable_that_runs_the_package() -> None:
    script = Path(__file__).parents[3] / "scripts" / "marketplace"
    assert os.access(script, os.X_OK)
    assert '-m koogallery_simulator "$@"' in script.read_text(encoding="utf-8")


def test_clock_moves_ahead_only(world: World) -> None:
    before = str(world.get("clock")["now"])
    assert world.run("clock", "--advance", "86400").output.strip() > before
    assert world.run("clock").output.strip()[:10] > before[:10]
    with pytest.raises(SimulatorError, match="never goes back"):
        call(world.url, "POST", "clock", {})


def test_open_apis_are_served_beside_the_control_api(world: World) -> None:
    answer = send_over_http(OutgoingRequest("GET", f"{world.url}/api/unknown", {}, b""))
    assert json.loads(answer.body)["error_code"] == "APIGW.0101"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "nothing", {}, b"", 404),
        ("POST", "orders", {"Content-Type": "text/plain"}, b"{}", 415),
        ("POST", "orders", {"Content-Type": "application/json"}, b"[", 400),
        ("POST", "orders", {"Content-Type": "application/json"}, b"[]", 400),
        ("POST", "orders", {"Content-Type": "application/json"}, b'{"products":[]}', 400),
        ("POST", "orders", {"Content-Type": "application/json"}, b'{"products":["one-time"],"x":1}', 400),
        ("POST", "orders", {"Content-Type": "application/json"}, b'{"products":["one-time"],"quantity":-1}', 400),
        ("POST", "orders", {"Content-Type": "application/json"}, b" " * 300_000, 400),
    ],
)
def test_control_api_refuses_what_it_does_not_know(
    world: World, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = send_over_http(OutgoingRequest(method, f"{world.url}/simulator/{path}", headers, body))
    assert answer.status == status
    assert json.loads(answer.body)["message"]


def test_pending_instances_are_polled_until_returned() -> None:
    with seller_and_simulator(poll_every=0.05) as world:
        world.instance()
        for _ in range(100):
            if world.get("instances")[0]["status"] == "active":
                break
            threading.Event().wait(0.05)
        assert world.get("instances")[0]["status"] == "active"


def test_command_without_a_simulator_says_how_to_start_one() -> None:
    with serving(lambda request: json_reply(200, {})) as url:
        pass
    result = CliRunner().invoke(app, ["bill", "--simulator", url])
    assert result.exit_code == 2
    assert "marketplace serve" in result.stderr


def test_address_that_is_no_simulator_is_told() -> None:
    with serving(lambda request: Reply(200, b"<html>")) as url:
        result = CliRunner().invoke(app, ["bill", "--simulator", url])
    assert result.exit_code == 2
    assert "no simulator" in result.stderr


# ------------------------------------------------------------------------------------------------- a real process
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MARKETPLACE_")}


def serve(*arguments: str) -> subprocess.Popen[str]:
    scripts = Path(__file__).parents[3] / "scripts"
    return subprocess.Popen(
        [sys.executable, "-m", "koogallery_simulator", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "PYTHONPATH": str(scripts)},
    )


def settings_file(folder: Path) -> Path:
    file = folder / "env"
    file.write_text("MARKETPLACE_AK=ak\nMARKETPLACE_SK=sk\nMARKETPLACE_ACCESS_KEYS=key\n", encoding="utf-8")
    return file


def test_serve_prints_ready_and_stops_when_told(tmp_path: Path) -> None:
    process = serve("--port", "0", "--env", str(settings_file(tmp_path)))
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("ready http://127.0.0.1:")
        assert call(ready.split()[1], "GET", "bill")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def test_serve_without_keys_names_the_setting() -> None:
    process = serve("--port", "0")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "MARKETPLACE_AK" in errors
    assert "Traceback" not in errors


def test_serve_on_a_taken_port_says_so(tmp_path: Path) -> None:
    with serving(lambda request: json_reply(200, {})) as url:
        process = serve("--port", url.rpartition(":")[2], "--env", str(settings_file(tmp_path)))
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "cannot be used" in errors
