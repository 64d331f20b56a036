"""docs/seller-interface.yaml: valid, complete, true to what the functions answer, and served by the local gateway."""

from __future__ import annotations

import ast
import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery import seller_interface
from koogallery.errors import RetryableError
from local_cloud.dev import application
from local_cloud.functions import Functions
from local_cloud.reply import read_reply
from local_cloud.workers import Workers
from tests.functional.local_cloud.sample_bundle import write_bundle
from tests.support.world import World, seller_event, usage

ROOT = PROJECT_TEMPLATE.parent
FILE = ROOT / "docs" / "seller-interface.yaml"
TEXT = FILE.read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
FUNCTIONS = ("record_usage", "seller_instances")
REGISTRY: Registry[Any] = Registry().with_resource("doc:", DRAFT202012.create_resource(DOCUMENT))


def _conforms(value: object, pointer: str) -> None:
    validator = Draft202012Validator({"$ref": f"doc:#{pointer}"}, registry=REGISTRY)
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert problems == []


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        yield from ((method, path, item[method]) for method in ("get", "post", "put", "delete") if method in item)


def _enum(schema: str) -> set[str]:
    return set(DOCUMENT["components"]["schemas"][schema]["properties"]["code"]["enum"])


# ------------------------------------------------------------------------------------------------- the file itself
def test_it_is_valid_openapi() -> None:
    validate(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        validator_for(schema, Draft202012Validator).check_schema(schema)


def test_it_describes_the_routes_of_usage_and_instances_and_none_that_is_not_there() -> None:
    routes = {(route.method, route.path): route.function for route in read_template(PROJECT_TEMPLATE).routes}
    described = {(method.upper(), path) for method, path, _ in _operations()}
    assert described <= routes.keys()
    assert {route for route in routes if routes[route] in FUNCTIONS} <= described


def _refusal_codes() -> Iterator[str]:
    for file in (ROOT / "layers" / "core" / "koogallery").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                code = node.args[1]
                assert isinstance(code, ast.Constant), f"{file.name}: a code that cannot be read"
                yield str(code.value)


def test_it_lists_every_code_of_a_rejected_event_with_an_explanation() -> None:
    assert _enum("Rejection") == set(_refusal_codes())
    explained = DOCUMENT["components"]["schemas"]["Rejection"]["properties"]["code"]["description"]
    assert all(f"| `{code}` |" in explained for code in _enum("Rejection"))


def test_it_lists_the_codes_of_problems_with_an_explanation() -> None:
    statuses = {int(status) for _, _, operation in _operations() for status in operation["responses"]}
    table = [(kind, status) for kind, status, _ in seller_interface._PROBLEMS if kind is not RetryableError]
    assert {kind.code for kind, status in table if status in statuses} <= _enum("Problem")
    explained = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["description"]
    assert all(f"`{code}` |" in explained for code in _enum("Problem"))


# ---------------------------------------------------------------------------------------------------- real answers
@pytest.fixture
def world() -> World:
    return World()


def _answer(world: World, event: dict[str, Any], operation: tuple[str, str], status: int) -> Any:
    function = "record_usage" if operation[1] == "/seller/usage" else "seller_instances"
    reply = read_reply(world.call(function, event))
    assert reply.status == status, reply.body
    described = DOCUMENT["paths"][operation[1]][operation[0]]["responses"][str(status)]
    pointer = f"/paths/{operation[1].replace('/', '~1')}/{operation[0]}/responses/{status}"
    if "$ref" in described:
        pointer = described["$ref"].removeprefix("#")
        described = DOCUMENT["components"]["responses"][pointer.rpartition("/")[2]]
    content_type = reply.headers["Content-Type"]
    assert content_type in described["content"]
    document = json.loads(reply.body)
    _conforms(document, f"{pointer}/content/{content_type.replace('/', '~1')}/schema")
    if status >= 400:
        assert document["code"] in _enum("Problem")
    return document


USAGE = ("post", "/seller/usage")
LIST = ("get", "/seller/instances")
ONE = ("get", "/seller/instances/{instance_id}")
ACCESS = ("put", "/seller/instances/{instance_id}/access")


def test_answers_to_reported_usage_are_as_described(world: World) -> None:
    instance_id = world.open()
    world.clock.advance(60)
    good = usage("u-1", instance_id, "12.5", world.clock.now())
    events = [good, good, {**good, "quantity": 13}, {**good, "id": ""}, {**good, "id": "u-2", "quantity": "-1"}]
    for event in events[:3]:
        _conforms(event, "/components/schemas/UsageEvent")
    answer = _answer(world, seller_event("POST", "/seller/usage", {"events": events}), USAGE, 200)
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    assert [entry["code"] for entry in answer["rejected"]] == ["invalid_id", "invalid_quantity", "conflicting_id"]


def test_instances_are_as_described_through_their_life(world: World) -> None:
    used, yearly = world.open(), world.open("period-year")
    (fresh,) = world.shop.buy("on-demand")
    one = _answer(world, seller_event("GET", f"/seller/instances/{fresh}"), ONE, 200)
    assert (one["status"], one["events_pending"]) == ("creating", 1)
    world.shop.renew(yearly)
    world.shop.freeze(yearly)
    world.shop.release(used)
    world.deliver()
    listed = _answer(world, seller_event("GET", "/seller/instances"), LIST, 200)["instances"]
    assert {one["status"] for one in listed} == {"creating", "frozen", "released"}
    access = {"front_end_url": "https://app.example/", "user_name": "admin", "password": None}
    _conforms(access, "/components/schemas/Access")
    event = seller_event("PUT", f"/seller/instances/{fresh}/access", access)
    assert _answer(world, event, ACCESS, 200)["status"] == "active"
    refused = seller_event("PUT", f"/seller/instances/{used}/access", access)
    assert _answer(world, refused, ACCESS, 409)["code"] == "conflict"


@pytest.mark.parametrize("operation", [USAGE, LIST, ONE, ACCESS])
def test_problems_are_as_described(world: World, operation: tuple[str, str]) -> None:
    method, path = operation[0].upper(), operation[1].replace("{instance_id}", "nobody")
    _answer(world, seller_event(method, path, key="wrong"), operation, 401)
    broken = seller_event(method, path, {})
    assert _answer(world, {**broken, "headers": []}, operation, 400)["code"] == "malformed_event"
    if method in ("POST", "PUT"):
        assert _answer(world, seller_event(method, path, b"[]"), operation, 400)["code"] == "malformed_request"
        _answer(world, seller_event(method, path, b" " * 1_100_000), operation, 413)
    if "nobody" in path:
        body = {"front_end_url": "https://app.example/"} if method == "PUT" else None
        _answer(world, seller_event(method, path, body), operation, 404)
    without = World(settings={"SELLER_API_KEYS": ""})
    assert _answer(without, seller_event(method, path), operation, 503)["code"] == "settings_error"


def test_a_wrong_status_is_refused_as_described(world: World) -> None:
    event = {**seller_event("GET", "/seller/instances"), "queryStringParameters": {"status": "gone"}}
    assert _answer(world, event, LIST, 400)["code"] == "malformed_request"


# ------------------------------------------------------------------------------------------------ the local gateway
def _get(template: Path) -> httpx.Response:
    bundle, workers = read_template(template), Workers(1)
    app = application(bundle, Functions(bundle, {}), workers, timers=False)

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/seller/openapi.yaml")

    try:
        return asyncio.run(call())
    finally:
        workers.close(5)


def test_the_local_gateway_serves_it(tmp_path: Path) -> None:
    answer = _get(PROJECT_TEMPLATE)
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (200, "application/yaml", TEXT)
    assert _get(write_bundle(tmp_path)).status_code == 404
