"""front_door: every callback through one function, answered byte for byte as by the function of its own."""

from __future__ import annotations

import base64
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bundle_template.gateway import authorizer_of
from koogallery.activities import ACTIVITIES, LICENSE_ACTIVITIES
from koogallery.dialects import license_v1, saas_v1
from koogallery.front_door import function_of
from koogallery_simulator.dialects import saas_v2
from local_cloud.policies import choose_function
from local_cloud.routing import find_route
from tests.functional.functions.cases import EVENTS, INSTANCE, Case, load, tell, world_with
from tests.support import kit, licences
from tests.support import saas_v1 as v1
from tests.support.front_door import BothWays, callback_functions, front_door_bundle, is_callback
from tests.support.world import ACCESS, ROOT, World, bundle, event_of

# One case hands a function what the gateway would never send it.
CALLBACK_CASES = [
    case
    for function in sorted(callback_functions() & {file.stem for file in EVENTS.glob("*.json")})
    for case in load(function)
    if function_of(case.values[0].event) == function
]
ROUTES = [pytest.param(route, id=route.name) for route in bundle().routes if is_callback(route)]
WORDS = sorted({*ACTIVITIES, *LICENSE_ACTIVITIES, *saas_v1.ACTIVITIES, *license_v1.ACTIVITIES, "orderNotify", "x"})


def event(method: str, path: str, *, query: object = None, body: bytes = b"") -> dict[str, Any]:
    """A call as the gateway hands it on."""
    return {
        "httpMethod": method,
        "path": path,
        "queryStringParameters": query or {},
        "pathParameters": {},
        "headers": {},
        "requestContext": {"requestId": "r-1"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


# ------------------------------------------------------------------------------------------ which function is chosen
@pytest.mark.parametrize("route", ROUTES)
def test_the_function_is_the_one_the_gateway_would_choose(route: Any) -> None:
    for word in ("", *WORDS):
        query = {"activity": word} if word else {}
        told = event(route.method, route.path, query=query, body=json.dumps({"activity": word}).encode())
        assert function_of(told) == choose_function(route, {"activity": word}, dict(query)), word


@pytest.mark.parametrize("path", ["/saas", "/", "/license"])
def test_a_repeated_word_goes_to_the_default_as_behind_the_gateway(path: str) -> None:
    match, _ = find_route(bundle().routes, "GET", path)
    assert match is not None
    query = {"activity": ["releaseInstance", "releaseInstance"]}
    assert function_of(event("GET", path, query=query)) == match.route.function


@pytest.mark.parametrize("path", ["/saas", "/license"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[" * 5000,
        b'"releaseInstance"',
        b'{"activity":7}',
        b'{"activity":["releaseInstance"]}',
        b'{"activity":" releaseInstance"}',
        b'{"activity":"releaseInstance","activity":"refreshInstance"}',
        b"\xff\xfe",
        b'{"activity":"releaseInstance","n":' + b"9" * 5000 + b"}",
    ],
)
def test_a_garbled_body_goes_where_the_authorizer_would_send_it(path: str, body: bytes) -> None:
    match, _ = find_route(bundle().routes, "POST", path)
    assert match is not None
    route_activity = importlib.import_module("functions.route_activity.index").handler
    told = json.loads(route_activity(event("POST", path, body=body), None)["body"])["context"]
    assert function_of(event("POST", path, body=body)) == choose_function(match.route, told, {})


@pytest.mark.parametrize(
    "garbled",
    [
        None,
        [],
        "event",
        {},
        {"path": 7},
        {"path": "/nowhere", "httpMethod": "POST"},
        {**event("POST", "/saas"), "body": "%%%"},
        {**event("POST", "/saas"), "body": "A" * 3_000_000},
        {**event("POST", "/saas"), "headers": {"a": 1}},
        event("POST", "/produceAPI/v2/somethingElse"),
        event("GET", "/saas", query={"activity": 5}),
    ],
)
def test_what_is_no_call_is_answered_as_the_default_function_answers_it(garbled: object) -> None:
    assert function_of(garbled) == "new_instance"
    world = World()
    reply = world.call("front_door", garbled)
    assert reply == world.call("new_instance", garbled)
    assert json.loads(reply["body"])["resultCode"] in ("000001", "000002", "000005")


def test_the_authorizer_is_not_asked_in_front_of_the_front_door() -> None:
    for route in front_door_bundle().routes:
        if is_callback(route):
            assert choose_function(route, {"activity": "releaseInstance"}, {}) == "front_door"
            assert authorizer_of(route) is None


def test_the_front_door_may_read_what_the_functions_behind_it_may() -> None:
    door = bundle().components["front_door"]
    for name in callback_functions():
        function = bundle().components[name]
        assert set(function.settings) <= set(door.settings)
        assert set(function.encrypted_settings) <= set(door.encrypted_settings)
        assert function.memory_size <= door.memory_size
        assert function.timeout <= door.timeout


# ------------------------------------------------------------------------------------------------------ equal replies
@pytest.mark.parametrize("case", CALLBACK_CASES)
def test_the_cases_of_2_0_get_the_same_replies(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("front_door", case, world_with(case.given), capsys)


class V1BothWays(BothWays, v1.V1World):
    """1.0 answered both ways."""


def test_a_life_in_1_0_is_answered_the_same() -> None:
    world = V1BothWays()
    instance_id = world.open_v1()
    about = {"instanceId": instance_id}
    assert world.call_v1("newInstance", **v1.order()).code == "000000"
    world.call_v1("queryInstance", **about)
    world.call_v1("refreshInstance", orderId="CS-RE-1", expireTime="20991121100500", **about)
    world.call_v1("upgrade", orderId="CS-UP-1", skuCode="sku-2", productId="p-2", **about)
    world.call_v1("expireInstance", **about)
    world.call_v1("instanceStatus", instanceStatus="NORMAL", **about)
    world.call_v1("releaseInstance", **about)
    world.call_v1("somethingElse", **about)
    world.call_v1("newInstance", testFlag="1", **v1.order(orderId="CS-T"))
    assert world.compared == {
        "new_instance",
        "query_instance",
        "refresh_instance",
        "upgrade_instance",
        "update_instance_status",
        "release_instance",
    }


class LicencesBothWays(BothWays, licences.LicenseWorld):
    """The licence guides and the notification answered both ways."""


def test_the_three_licence_guides_and_the_notification_are_answered_the_same() -> None:
    world = LicencesBothWays()
    order = {"orderId": "CS-A-1", "businessId": "b-1", "productId": "p-1", "chargingMode": "1"}
    answer = world.old({"activity": "getLicense", **order, "expireTime": "20271121100500"})
    about = {"instanceId": answer.get("instanceId", "unknown")}
    for activity in ("refreshLicense", "expireLicense", "instanceStatus", "releaseLicense", "somethingElse"):
        world.old({"activity": activity, "expireTime": "20281121100500", "instanceStatus": "NORMAL", **about})
    for activity in ("refreshLicenseCode", "updateLicenseCodeStatus", "releaseLicenseCode"):
        world.new({"activity": activity, "licenseCode": "code-1", "orderId": "CS-B-1", "status": "FREEZE"})
    instance_id = world.open_online()
    world.new({"activity": "getLicenseAsync", "instanceId": instance_id, "eventId": "ev-1", "expireTime": "20271121"})
    for activity in ("queryInstance", "refreshInstance", "updateInstanceStatus", "releaseInstance", "upgradeInstance"):
        world.new({"activity": activity, "instanceId": instance_id, "status": "FREEZE"})
    world.notify({"activity": "orderNotify", "orderId": "CS-N-1", "orderLineId": "CS-N-1-1", "testFlag": "0"})
    world.notify({"activity": "orderNotify", "orderId": "CS-N-1", "testFlag": "1"})
    assert world.compared == callback_functions() - set(kit.FUNCTIONS.values()) - {"upgrade_instance"}


class KitBothWays(BothWays, World):
    """The joint kit answered both ways."""


@pytest.mark.parametrize("generation", [1, 2])
def test_the_joint_kit_is_answered_the_same(generation: int) -> None:
    world = KitBothWays(settings=kit.kit_world().settings)
    departments = kit.body("allOrgSync", 9, orgInfoList=kit.departments(3000))
    for root in ("/saas", ""):
        for seconds, name in enumerate(kit.FUNCTIONS):
            content = kit.body(name, seconds + (10 if root else 20))
            kit.send(world, kit.request(world, name, content, generation=generation, root=root))
    kit.send(world, kit.request(world, "allOrgSync", departments, generation=generation))
    kit.send(world, kit.request(world, "authSync", kit.body("authSync", userList="none"), generation=generation))
    assert world.compared == set(kit.FUNCTIONS.values())


def test_a_forged_call_is_refused_the_same() -> None:
    class SaasBothWays(BothWays, World):
        """2.0 answered both ways."""

    world = SaasBothWays()
    (line,) = world.sell("on-demand")
    request = world.sign(saas_v2.new_instance(line))
    forged = request.url.replace("signature=", "signature=0")
    answer = world.answer(type(request)(request.method, forged, request.headers, request.body))
    assert json.loads(answer.body)["resultCode"] == "000001"
    assert world.compared == {"new_instance"}


# ------------------------------------------------------------------------------------------------------- its package
def test_in_its_package_it_finds_the_functions_inside_and_loads_what_it_needs_alone(tmp_path: Path) -> None:
    shutil.copy(ROOT / "functions" / "front_door" / "index.py", tmp_path)
    for name in callback_functions():
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "functions" / name / "index.py", folder)
    told = event("POST", "/saas", body=json.dumps({"activity": "queryInstance"}).encode())
    code = (
        "import json, sys, index\n"
        "assert not index._handler_of.cache_info().currsize\n"
        f"reply = index.handler(json.loads({json.dumps(told)!r}), None)\n"
        "print(json.dumps([reply['body'], index._handler_of.cache_info().currsize, index._handler_of"
        "('query_instance').__code__.co_filename, 'koogallery.use_cases.new_instance' in sys.modules]))\n"
    )
    layers = [str(ROOT / "layers" / "signing"), str(ROOT / "layers" / "core")]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join([str(tmp_path), *layers]), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    body, loaded, file, others = json.loads(run.stdout)
    assert json.loads(body)["resultCode"] == "000005"
    assert (loaded, others) == (1, False)
    assert Path(file) == tmp_path / "functions" / "query_instance" / "index.py"


def test_a_debug_call_of_an_instance_nobody_knows_is_answered_through_it() -> None:
    world = world_with("active")
    (line,) = world.sell("on-demand")
    assert world.set_access(INSTANCE, ACCESS)[0] == 200
    request = world.sign(saas_v2.new_instance(line, test=True))
    reply = world.call("front_door", event_of(request))
    assert json.loads(reply["body"])["resultCode"] == "000000"
