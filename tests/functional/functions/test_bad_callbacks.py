"""What every callback function answers to bad input: HTTP 200, a documented code, no change, one line, no secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from koogallery.state import StateMisconfigured, StateUnavailable
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback, OutgoingRequest
from koogallery_simulator.signatures import callback_payload, callback_signature
from tests.functional.functions.cases import INSTANCE, check_secrets, order_line, world_with
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.world import ACCESS_KEY, World, bundle, event_of

MEMBERS: dict[str, Callable[[World], Callback]] = {
    "new_instance": lambda world: saas_v2.new_instance(world.sell("period-year")[0]),
    "query_instance": lambda _: saas_v2.query_instance(INSTANCE),
    "refresh_instance": lambda w: saas_v2.refresh_instance(INSTANCE, order_of(w), w.clock.now()),
    "update_instance_status": lambda _: saas_v2.update_instance_status(INSTANCE, saas_v2.FREEZE),
    "release_instance": lambda _: saas_v2.release_instance(INSTANCE),
    "upgrade_instance": lambda w: saas_v2.upgrade_instance(INSTANCE, order_of(w)),
}
FUNCTIONS = tuple(MEMBERS)
BAD_SIGNATURE = ("000001", "authentication failed")
ILLEGAL = ("000002", "illegal request parameter")


def order_of(world: World) -> Any:
    """The order line of the instance."""
    return world.marketplace.instance(INSTANCE).line


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> str:
    """Each callback function."""
    return str(request.param)


@pytest.fixture
def world() -> World:
    """With an active instance."""
    return world_with("active")


def signed(function: str, world: World) -> dict[str, Any]:
    """The event of a proper callback of the function."""
    return event_of(world.sign(MEMBERS[function](world)))


def signed_body(body: bytes, world: World) -> dict[str, Any]:
    """An event whose raw bytes are signed properly, whatever they are."""
    stamp, nonce = str(int(world.clock.now().timestamp() * 1000)), "n" * 32
    signature = callback_signature(ACCESS_KEY, nonce, stamp, body.decode("utf-8", "replace"))
    query = urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce})
    return event_of(OutgoingRequest("POST", f"https://seller.example/saas?{query}", {}, body))


def refused(
    function: str, world: World, event: object, capsys: pytest.CaptureFixture[str], life: Life | None = None
) -> tuple[str, str]:
    """Code and text of the answer to a call that must change nothing."""
    counted = world.state
    assert isinstance(counted, CountingState)
    counted.reset()
    world.lines.clear()
    capsys.readouterr()
    reply = world.call(function, event, life)
    assert (reply["statusCode"], reply["headers"]) == (200, {"Content-Type": "application/json"})
    assert counted.writes == 0
    assert [line["event"] for line in world.lines] == ["callback"]
    assert world.lines[0]["reason"]
    answer = json.loads(reply["body"])
    assert set(answer) - {"resultCode", "resultMsg"} <= {"instanceId"}
    assert 0 < len(answer["resultMsg"]) <= 255
    written = capsys.readouterr().err
    check_secrets(written + reply["body"])
    assert "Traceback" not in written + reply["body"]
    return answer["resultCode"], answer["resultMsg"]


QUERIES: list[Any] = [
    pytest.param({"signature": "0" * 64}, BAD_SIGNATURE, id="wrong signature"),
    pytest.param({"signature": None}, BAD_SIGNATURE, id="no signature"),
    pytest.param({"signature": ""}, BAD_SIGNATURE, id="empty signature"),
    pytest.param({"nonce": "another"}, BAD_SIGNATURE, id="another nonce"),
    pytest.param({"nonce": None}, ILLEGAL, id="no nonce"),
    pytest.param({"timestamp": None}, ILLEGAL, id="no timestamp"),
    pytest.param({"timestamp": "soon"}, ILLEGAL, id="timestamp that is none"),
    pytest.param({"timestamp": "9" * 400}, ILLEGAL, id="endless timestamp"),
]


@pytest.mark.parametrize(("change", "expected"), QUERIES)
def test_what_is_not_signed_properly_is_refused(
    function: str,
    world: World,
    change: dict[str, str | None],
    expected: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = signed(function, world)
    query = {**event["queryStringParameters"], **change}
    event["queryStringParameters"] = {name: text for name, text in query.items() if text is not None}
    assert refused(function, world, event, capsys) == expected


@pytest.mark.parametrize("seconds", [-61, 61])
def test_a_request_of_another_time_is_refused(
    function: str, world: World, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    world.clock.advance(100)
    event = signed(function, world)
    stamp = int(event["queryStringParameters"]["timestamp"]) + seconds * 1000
    payload = base64.b64decode(event["body"]).decode()
    signature = callback_signature(ACCESS_KEY, "n" * 32, str(stamp), payload)
    event["queryStringParameters"] = {"signature": signature, "timestamp": str(stamp), "nonce": "n" * 32}
    assert refused(function, world, event, capsys) == ILLEGAL


def test_a_changed_body_is_refused(function: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    event = signed(function, world)
    body = base64.b64decode(event["body"]).replace(b'"activity"', b'"extra":1,"activity"', 1)
    event["body"] = base64.b64encode(body).decode()
    assert refused(function, world, event, capsys) == BAD_SIGNATURE


def test_the_key_of_another_interface_is_refused(
    function: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    request = world.sign(MEMBERS[function](world))
    query = dict(parse_qsl(urlsplit(request.url).query))
    payload = callback_payload(json.loads(request.body))
    query["signature"] = callback_signature("another-key", query["nonce"], query["timestamp"], payload)
    event = event_of(OutgoingRequest("POST", f"https://seller.example/saas?{urlencode(query)}", {}, request.body))
    assert refused(function, world, event, capsys) == BAD_SIGNATURE


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"activity=newInstance", id="form"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"newInstance"', id="text"),
        pytest.param(b'{"activity":"newInstance"', id="cut"),
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b'{"activity":"newInstance","a":NaN}', id="NaN"),
        pytest.param(b'{"activity":"a","activity":"newInstance"}', id="member twice"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="deep"),
        pytest.param(b'{"a":"\\ud800"}', id="half a surrogate pair"),
        pytest.param(b'{"activity":"newInstance","pad":"' + b"x" * 1_048_576 + b'"}', id="more than 1 MiB"),
        pytest.param(b'{"activity":"dropInstance"}', id="unknown activity"),
        pytest.param(b'{"activity":["newInstance"]}', id="activity of a wrong type"),
        pytest.param(b'{"orderId":"1"}', id="no activity"),
    ],
)
def test_a_body_that_is_no_message_is_refused(
    function: str, world: World, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = refused(function, world, signed_body(body, world), capsys)
    assert (code, text[: len(ILLEGAL[1])]) == ILLEGAL


@pytest.mark.parametrize("value", [None, 5, True, [], {}, "", "x" * 65, "a\nb"])
def test_an_id_of_another_form_is_refused(
    function: str, world: World, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = MEMBERS[function](world)
    name = "businessId" if function == "new_instance" else "instanceId"
    request = world.sign(Callback(callback.activity, {**callback.members, name: value}))
    code, text = refused(function, world, event_of(request), capsys)
    assert code == "000002"
    assert name in text


@pytest.mark.parametrize("event", [None, [], "event", {}, {"httpMethod": "POST"}, {"body": 5}])
def test_an_event_that_is_none_is_refused(
    function: str, world: World, event: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(function, world, event, capsys)[0] == "000002"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKETPLACE_ACCESS_KEYS", ""),
        ("MARKETPLACE_ACCESS_KEYS", " , "),
        ("MARKETPLACE_ENDPOINT", "http://plain.example"),
    ],
)
def test_wrong_settings_are_an_internal_error_and_named_in_the_log(
    function: str, world: World, name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name not in bundle().components[function].readable_settings:
        name, value = "MARKETPLACE_ACCESS_KEYS", ""
    event = signed(function, world)
    world.settings[name] = value
    assert refused(function, world, event, capsys) == ("000005", "the service is not ready")
    assert world.lines[0]["reason"].startswith(f"{name} ")
    assert "plain.example" not in str(world.lines)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (StateUnavailable("no answer"), "temporarily unavailable, please try again"),
        (StateMisconfigured("no such table"), "internal error"),
        (RuntimeError("password=first-password-1"), "internal error"),
    ],
)
def test_a_store_that_fails_is_an_internal_error(
    function: str, world: World, failure: Exception, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event = signed(function, world)
    life = Life(failures={1: failure})
    assert refused(function, world, event, capsys, life) == ("000005", expected)


def test_a_function_says_which_function_serves_another_activity(
    function: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    other = FUNCTIONS[FUNCTIONS.index(function) - 1]
    code, text = refused(function, world, signed(other, world), capsys)
    assert code == "000002"
    assert text.endswith(f"is served by function {other}")


def test_an_earlier_key_still_opens_while_keys_are_being_changed(world: World) -> None:
    world.settings["MARKETPLACE_ACCESS_KEYS"] = f"the-new-key, {ACCESS_KEY}"
    assert world.send(saas_v2.query_instance(INSTANCE)).accepted


def test_debug_calls_pass_for_ever_whatever_happened(function: str) -> None:
    """Five days of failing dial tests freeze the product."""
    for given in ("nothing", "creating", "active", "frozen", "released"):
        world = world_with(given, "period-year")
        line = order_line(world.marketplace, order_id="MOCKPERIODYEARNEW")
        callback = {
            "new_instance": saas_v2.new_instance(line, test=True),
            "refresh_instance": saas_v2.refresh_instance(INSTANCE, line, world.clock.now(), test=True),
            "upgrade_instance": saas_v2.upgrade_instance(INSTANCE, line, test=True),
        }.get(function) or Callback(MEMBERS[function](world).activity, MEMBERS[function](world).members, test=True)
        counted = CountingState(MemoryState())
        world.state = counted
        for _ in range(3):
            attempt = world.send(callback)
            assert (attempt.code, attempt.violations) == ("000000", ())
        assert counted.total == 0


def test_a_key_that_an_error_quotes_is_masked_in_the_log(
    function: str, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    # A key of its own: masks hold for the whole process, whoever asked for them.
    hidden = f"previous-key-of-{function}"
    event = signed(function, world)
    world.settings["MARKETPLACE_ACCESS_KEYS"] = f"{ACCESS_KEY},{hidden}"
    capsys.readouterr()
    world.call(function, event, Life(failures={1: StateMisconfigured(f"nobody knows {hidden}")}))
    written = capsys.readouterr().err
    assert "nobody knows ***" in written
    assert hidden not in written
