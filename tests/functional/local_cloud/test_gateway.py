"""The local gateway answers as APIG and FunctionGraph would."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Router

from bundle_template.reading import read_template
from koogallery.clock import SystemClock
from local_cloud.dev import application
from local_cloud.functions import Functions
from local_cloud.gateway import MAX_BODY_BYTES, MAX_DRAINED_BYTES, Gateway
from local_cloud.workers import Workers
from tests.functional.local_cloud.sample_bundle import write_bundle

SETTINGS = {"STATE_URL": "sqlite:////s", "ARCHIVE_URL": "file:///a", "GREETING": "hello", "HIDDEN": "h-u-s-h"}


@dataclass(frozen=True)
class Client:
    """Calls the application without a socket between."""

    app: Router

    def request(
        self, method: str, path: str, content: bytes = b"", headers: Sequence[tuple[str, str]] = ()
    ) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700") as client:
                return await client.request(method, path, content=content, headers=list(headers))

        return asyncio.run(call())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, content: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> httpx.Response:
        return self.request("POST", path, content, headers)


@contextmanager
def _served(template: Path, timeouts: dict[str, int] | None = None) -> Iterator[Client]:
    bundle = read_template(template)
    shorter = {name: replace(bundle.components[name], timeout=seconds) for name, seconds in (timeouts or {}).items()}
    bundle = replace(bundle, components={**bundle.components, **shorter})
    workers = Workers(4)
    yield Client(application(bundle, Functions(bundle, SETTINGS), workers, timers=False))
    assert workers.close(5)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with _served(write_bundle(tmp_path)) as client:
        yield client


def _event(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["event"]
    return found


def _assert_gateway_error(response: httpx.Response, status: int, code: str) -> None:
    body = response.json()
    assert (response.status_code, body["error_code"]) == (status, code)
    assert set(body) == {"error_code", "error_msg", "request_id"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"] == body["request_id"]


def test_a_call_becomes_the_event_of_the_platform(client: Client) -> None:
    content = '{"a":"ä"}'.encode()
    event = _event(client.post("/shop?x=1&x=2&y=%2B&z=", content=content, headers=[("X-One", "1"), ("x-one", "2")]))
    assert base64.b64decode(event["body"]) == content
    assert event["isBase64Encoded"] is True
    assert (event["httpMethod"], event["path"]) == ("POST", "/shop")
    assert event["queryStringParameters"] == {"x": ["1", "2"], "y": "+", "z": ""}
    assert event["headers"]["x-one"] == ["1", "2"]
    assert all(name == name.lower() for name in event["headers"])
    assert event["requestContext"]["requestId"] == event["headers"]["x-request-id"]


def test_path_parameters_have_their_names(client: Client) -> None:
    event = _event(client.request("PUT", "/shop/a%2Fb/parts/7"))
    assert (event["pathParameters"], event["path"]) == ({"id": "a/b", "part": "7"}, "/shop/a/b/parts/7")


def test_the_rest_of_a_prefix_has_the_empty_name(client: Client) -> None:
    event = _event(client.post("/files/v2/one"))
    assert (event["pathParameters"], event["path"]) == ({"": "v2/one"}, "/files/v2/one")


def test_the_reply_reaches_the_caller_with_its_headers(client: Client) -> None:
    response = client.post("/shop", content=b"{}")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["x-request"] == _event(response)["requestContext"]["requestId"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_policy_sends_the_call_to_its_function(client: Client, method: str) -> None:
    response = client.request(method, "/shop?activity=readSettings", content=b'{"activity":"readSettings"}')
    assert response.json()["given"]["GREETING"] == "hello"


def test_what_meets_no_policy_goes_to_the_default_backend(client: Client) -> None:
    assert _event(client.post("/shop?activity=readSettings", content=b'{"activity":"other"}'))
    assert _event(client.get("/shop?activity=readSettings&activity=readSettings"))


def test_a_function_reads_only_its_own_settings(client: Client) -> None:
    given = client.get("/shop?activity=readSettings").json()["given"]
    assert given == {"STATE_URL": "sqlite:////s", "ARCHIVE_URL": None, "GREETING": "hello", "HIDDEN": "h-u-s-h"}


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("POST", "/shop/"), ("FETCH", "/shop"), ("GET", "/")]
)
def test_what_no_route_knows_is_not_found(client: Client, method: str, path: str) -> None:
    _assert_gateway_error(client.request(method, path), 404, "APIG.0101")


def test_another_method_is_not_found_either_and_says_so(client: Client) -> None:
    response = client.request("DELETE", "/shop")
    _assert_gateway_error(response, 404, "APIG.0101")
    assert response.json()["error_msg"] == "The API does not exist."


def test_a_body_as_large_as_a_function_takes_passes(client: Client) -> None:
    assert len(_event(client.post("/files/x", content=b"x" * MAX_BODY_BYTES))["body"]) > MAX_BODY_BYTES


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, MAX_DRAINED_BYTES + 1])
def test_a_larger_body_is_refused(client: Client, size: int) -> None:
    _assert_gateway_error(client.post("/files/x", content=b"x" * size), 413, "APIG.0201")


@pytest.mark.parametrize("activity", ["fail", "leave"])
def test_a_function_that_raises_is_a_500_without_a_word_about_it(
    client: Client, activity: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client.post("/shop", content=json.dumps({"activity": activity}).encode())
    _assert_gateway_error(response, 500, "APIG.0202")
    assert "private" not in response.text
    assert "Traceback" not in response.text
    logged = capsys.readouterr().err
    assert "function_failed" in logged
    assert ("a very private matter" if activity == "fail" else "SystemExit") in logged


def test_a_reply_of_the_wrong_form_is_a_500(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    _assert_gateway_error(client.post("/shop", content=b'{"activity":"malform"}'), 500, "APIG.0202")
    assert "reply_refused: headers is missing" in capsys.readouterr().err


def test_a_function_beyond_its_timeout_is_a_504(tmp_path: Path) -> None:
    with _served(write_bundle(tmp_path), {"slow": 0}) as client:
        _assert_gateway_error(client.post("/shop", content=b'{"activity":"sleep"}'), 504, "APIG.0203")


def test_an_authorizer_that_denies_is_a_401(client: Client) -> None:
    _assert_gateway_error(client.post("/shop", content=b'{"activity":"steal"}'), 401, "APIG.0305")


@pytest.mark.parametrize("body", [b'{"activity":"break"}', b"no json"])
def test_an_authorizer_that_fails_is_a_500(client: Client, body: bytes) -> None:
    _assert_gateway_error(client.post("/shop", content=body), 500, "APIG.0305")


def test_a_function_that_cannot_be_loaded_is_a_500(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with _served(write_bundle(tmp_path, echo="import nothing_of_that_name\n")) as client:
        _assert_gateway_error(client.get("/shop"), 500, "APIG.0202")
    assert "cannot be loaded: ModuleNotFoundError" in capsys.readouterr().err


def test_a_function_without_its_handler_is_a_500(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with _served(write_bundle(tmp_path, echo="handle = None\n")) as client:
        _assert_gateway_error(client.get("/shop"), 500, "APIG.0202")
    assert "index.py of function echo has no function handler" in capsys.readouterr().err


def test_the_log_names_method_path_status_and_function(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.post("/shop?signature=h-u-s-h", content=b"{}")
    logged = capsys.readouterr().err
    assert "POST /shop 200 echo" in logged
    assert "h-u-s-h" not in logged


def test_a_line_end_in_a_path_breaks_no_log_line(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    _assert_gateway_error(client.get("/shop%0Agateway forged"), 404, "APIG.0101")
    assert capsys.readouterr().err.count("\n") == 1


def test_calls_run_side_by_side(tmp_path: Path) -> None:
    meeting = """
        import threading

        both = threading.Barrier(2, timeout=5)

        def handler(event, context):
            both.wait()
            return {"statusCode": 200, "headers": {}, "isBase64Encoded": False, "body": "met"}
        """
    with _served(write_bundle(tmp_path, echo=meeting)) as client:
        found: list[str] = []
        threads = [threading.Thread(target=lambda: found.append(client.get("/shop").text)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert found == ["met", "met"]


@pytest.mark.parametrize(
    ("source", "logged"),
    [
        ("def handler(event, context):\n    return 'swept'\n", 'TIMER every_minute sweep "swept"'),
        ("def handler(event, context):\n    raise KeyError('x')\n", "function_failed: function sweep raised KeyError"),
        ("def handler(event, context):\n    return {1, 2}\n", "reply_refused: the return value is no JSON"),
    ],
)
def test_what_a_timer_function_returns_is_logged(
    tmp_path: Path, source: str, logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = read_template(write_bundle(tmp_path, sweep=source + "\ndef initialize(context):\n    pass\n"))
    workers = Workers(1)
    gateway = Gateway(bundle, Functions(bundle, {}), workers, SystemClock())
    asyncio.run(gateway.fire("sweep", {"trigger_name": "every_minute"}))
    assert workers.close(5)
    assert logged in capsys.readouterr().err
