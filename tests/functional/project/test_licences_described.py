"""docs/seller-interface.yaml is true to what /seller/licenses answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bundle_template.reading import PROJECT_TEMPLATE
from tests.support.licences import UNREACHABLE, LicenseWorld, extend_params

DOCUMENT: dict[str, Any] = yaml.safe_load((PROJECT_TEMPLATE.parent / "docs" / "seller-interface.yaml").read_text())
REGISTRY: Registry[Any] = Registry().with_resource("doc:", DRAFT202012.create_resource(DOCUMENT))
CODE = "PLTEST0001"
INFO = {"status": "ALIVE", "expire_time": "20300101000000", "product_id": "12345", "amount": 2, "order_id": "CS1"}


def described(answer: tuple[int, Any], method: str, path: str, status: int) -> Any:
    """The JSON of an answer that has the described status and form."""
    assert answer[0] == status, answer
    responses = DOCUMENT["paths"][f"/seller/licenses/{path}"][method]["responses"]
    pointer = f"/paths/{f'/seller/licenses/{path}'.replace('/', '~1')}/{method}/responses/{status}"
    if "$ref" in responses[str(status)]:
        pointer = responses[str(status)]["$ref"].removeprefix("#")
    kind = "application~1json" if status == 200 else "application~1problem+json"
    schema = Draft202012Validator({"$ref": f"doc:#{pointer}/content/{kind}/schema"}, registry=REGISTRY)
    assert [f"{error.json_path}: {error.message}" for error in schema.iter_errors(answer[1])] == []
    return answer[1]


@pytest.fixture
def world() -> LicenseWorld:
    world = LicenseWorld()
    world.ends.success = {"error_code": "92020000", "data": {**INFO, "license_code_info": json.dumps(INFO)}}
    return world


def test_answers_about_authorization_codes_are_as_described(world: LicenseWorld) -> None:
    described(world.licences("POST", "activate", {"license": CODE}), "post", "activate", 200)
    described(world.licences("POST", "heartbeat", {"license": CODE}), "post", "heartbeat", 200)
    usage = {"usage": [{"license": CODE, "active_num": 1}]}
    described(world.licences("POST", "usage", usage), "post", "usage", 200)
    world.ends.script = [UNREACHABLE]
    assert described(world.licences("POST", "heartbeat", {"license": CODE}), "post", "heartbeat", 200)["stale"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("92020002", 400),
        ("92020003", 409),
        ("92020004", 409),
        ("92020005", 404),
        ("92020011", 409),
        ("92020020", 400),
        ("95000002", 502),
        ("APIGW.0301", 502),
        ("92020001", 503),
        ("MKT.0250", 503),
        ("77777777", 503),
    ],
)
def test_problems_about_authorization_codes_are_as_described(world: LicenseWorld, code: str, status: int) -> None:
    world.ends.script = [(200, {"error_code": code})]
    described(world.licences("POST", "activate", {"license": CODE}), "post", "activate", status)


def test_answers_about_given_licences_are_as_described(world: LicenseWorld) -> None:
    one = "{license_id}"
    asked = {"activity": "getLicense", "businessId": "b-1", "customerId": "c", "orderId": "CS1", "productId": "p"}
    world.old({**asked, "saasExtendParams": extend_params(("identificationCode", "A"))})
    described(world.licences("GET", "b-1"), "get", one, 200)
    described(world.give("b-1", "LICENCE-1"), "put", one, 200)
    assert described(world.give("b-1", "LICENCE-2"), "put", one, 409)["code"] == "license_conflict"
    described(world.give("nobody", "LICENCE"), "put", one, 404)
    described(world.licences("PUT", "b-1", {}), "put", one, 400)
    described(world.licences("PUT", "b-1", {}, key="wrong"), "put", one, 401)
    instance_id = world.open_online()
    application = {"activity": "getLicenseAsync", "instanceId": instance_id, "eventId": "EV-1"}
    world.new({**application, "effectiveTime": "20261121103015", "expireTime": "20300101000000"})
    described(world.licences("GET", "EV-1"), "get", one, 200)
    described(world.give("EV-1", "LICENCE-1"), "put", one, 200)
    world.ends.script = [(200, {"error_code": "91381037"})]
    world.deliver()
    assert described(world.licences("GET", "EV-1"), "get", one, 200)["status"] == "refused"
