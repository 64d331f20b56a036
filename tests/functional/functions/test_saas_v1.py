"""Every activity of SaaS 1.0 by GET: what it does, again, replayed; bad input; the signed answer (SaaS guide V1.0)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from koogallery.state import StateUnavailable
from koogallery_signing import sensitive_fields
from koogallery_simulator.v1_signatures import auth_token, token_text
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.saas_v1 import (
    BUYER,
    EMAIL,
    MOBILE_PHONE,
    ORDER,
    PRODUCT,
    V1_KEY,
    V1_KEY_BEFORE,
    Given,
    V1World,
    extend_params,
    order,
    query_of,
    time_stamp,
    with_token,
)
from tests.support.saas_v1 import opened_app_info as opened
from tests.support.world import ACCESS

SUCCESS, NOT_AUTHENTIC, ILLEGAL, UNKNOWN, IN_PROCESS, INTERNAL = (f"00000{number}" for number in range(6))
EXPIRY = "20281121100500"
UPGRADE = {"orderId": "CS-UP-1", "skuCode": "sku-2", "productId": "00301-2--0", "amount": "20"}

CALLS: dict[str, Callable[[str], dict[str, str]]] = {
    "newInstance": lambda _: order(),
    "refreshInstance": lambda id_: {
        "instanceId": id_,
        "orderId": "CS-RE-1",
        "expireTime": EXPIRY,
        "orderAmount": "100",
    },
    "expireInstance": lambda id_: {"instanceId": id_, "orderId": ORDER},
    "releaseInstance": lambda id_: {"instanceId": id_, "orderId": ORDER},
    "upgrade": lambda id_: {"instanceId": id_, **UPGRADE},
    "upgradeInstance": lambda id_: {"instanceId": id_, **UPGRADE},
    "instanceStatus": lambda id_: {"instanceId": id_, "instanceStatus": "FREEZE"},
    "queryInstance": lambda id_: {"instanceId": id_},
}
CHANGES = {
    "refreshInstance": "instance.renewed",
    "expireInstance": "instance.frozen",
    "releaseInstance": "instance.released",
    "upgrade": "instance.upgraded",
    "upgradeInstance": "instance.upgraded",
    "instanceStatus": "instance.frozen",
}
EVENTS = {
    "newInstance": ["instance.created"],
    "queryInstance": [],
    **{name: [type_] for name, type_ in CHANGES.items()},
}
ABOUT_ONE = [name for name in CALLS if name != "newInstance"]


@pytest.fixture
def world() -> V1World:
    return V1World(CountingState(MemoryState()))


def counted(world: V1World) -> CountingState:
    assert isinstance(world.state, CountingState)
    return world.state


def told(world: V1World) -> list[tuple[str, dict[str, Any]]]:
    """Events the product got since the last look."""
    world.deliver()
    found = [(one.type, one.data) for one in world.product.received]
    world.product.received.clear()
    return found


def call(world: V1World, activity: str, instance_id: str = "", **changes: str) -> Given:
    return world.call_v1(activity, **{**CALLS[activity](instance_id), **changes})


# ------------------------------------------------------------------------------------------------------ newInstance
def test_a_sale_is_in_process_until_the_product_gave_access_data_then_shows_it(world: V1World) -> None:
    asked = order()
    first = world.call_v1("newInstance", **asked)
    assert (first.code, first.members["instanceId"]) == (IN_PROCESS, asked["businessId"])
    assert "appInfo" not in first.members
    world.product.access = {**ACCESS, "memo": "说明"}
    ((type_, data),) = told(world)
    again = world.call_v1("newInstance", **order())
    assert (again.code, again.id) == (SUCCESS, first.id)
    assert again.members["encryptType"] == "1"
    assert opened(again.members["appInfo"], "1") == {
        "frontEndUrl": ACCESS["front_end_url"],
        "userName": ACCESS["user_name"],
        "password": ACCESS["password"],
        "memo": "说明",
    }
    assert again.body.isascii()
    assert (type_, data["instance_id"], data["order_id"], data["order_type"]) == (
        "instance.created",
        first.id,
        ORDER,
        "NEW",
    )
    assert (data["product"]["charging_mode"], data["product"]["product_id"]) == ("PERIOD", PRODUCT)
    assert data["buyer"] == {
        "customer_id": "0123456789abcdef",
        "customer_name": BUYER,
        "mobile_phone": MOBILE_PHONE,
        "email": EMAIL,
    }
    assert data["extend_params"] == [{"name": "emailDomainName", "value": "例子.example"}]


@pytest.mark.parametrize("encrypt_type", ["1", "2"])
def test_user_name_and_password_are_encrypted_as_the_setting_says(
    encrypt_type: sensitive_fields.EncryptType,
) -> None:
    world = V1World(MARKETPLACE_V1_ENCRYPT_TYPE=encrypt_type)
    instance_id = world.open_v1()
    shown = [
        world.call_v1("newInstance", **order()),
        world.call_v1("queryInstance", instanceId=instance_id),
    ]
    for answer, app_info in zip(
        shown, [shown[0].members["appInfo"], shown[1].members["info"][0]["appInfo"]], strict=True
    ):
        assert answer.members["encryptType"] == encrypt_type
        assert ACCESS["password"] not in answer.body.decode()
        assert opened(app_info, encrypt_type)["password"] == ACCESS["password"]
        assert opened(app_info, encrypt_type)["userName"] == ACCESS["user_name"]


def test_an_initialisation_vector_is_never_used_twice(world: V1World) -> None:
    world.open_v1()
    passwords = {world.call_v1("newInstance", **order()).members["appInfo"]["password"][:16] for _ in range(5)}
    assert len(passwords) == 5


def test_pay_per_use_orders_have_one_instance_for_each_product(world: V1World) -> None:
    ids = [call(world, "newInstance", chargingMode="0", productId=f"00301-{n}--0").id for n in (1, 2, 1, 2)]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2
    assert sorted(data["product"]["product_id"] for _, data in told(world)) == ["00301-1--0", "00301-2--0"]
    assert world.instance(ids[0]).charging_mode == "ON_DEMAND"


def test_the_printed_example_of_the_vendor_is_enough(world: V1World) -> None:
    answer = world.call_v1(
        "newInstance",
        customerId="c",
        businessId="b",
        orderId=ORDER,
        productId=PRODUCT,
        expireTime=EXPIRY,
        testFlag="0",
    )
    assert answer.code == IN_PROCESS


def test_a_trial_is_told_as_one(world: V1World) -> None:
    call(world, "newInstance", trialFlag="1")
    assert [data["order_type"] for _, data in told(world)] == ["TRIAL"]


def test_a_released_instance_shows_no_access_data(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "releaseInstance", instance_id)
    answer = call(world, "newInstance")
    assert (answer.code, answer.id) == (SUCCESS, instance_id)
    assert "appInfo" not in answer.members


def test_unknown_parameters_are_signed_and_ignored(world: V1World) -> None:
    assert call(world, "newInstance", provisionType="1", **{"neu-er Name": "a b"}).code == IN_PROCESS


@pytest.mark.parametrize("value", ["not encrypted", "A" * 40, "x" * 4000])
def test_what_cannot_be_decrypted_does_not_fail_the_order(world: V1World, value: str) -> None:
    assert call(world, "newInstance", mobilePhone=value, email=value).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["buyer"]["mobile_phone_undecryptable"] == data["buyer"]["email_undecryptable"] == value


@pytest.mark.parametrize("value", ["no base64!", "QUJD", extend_params({"a": 1}), "x" * 5000])
def test_malformed_extend_params_do_not_fail_the_order(world: V1World, value: str) -> None:
    assert call(world, "newInstance", saasExtendParams=value).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["extend_params"] == [{"name": "raw", "value": value}]


def test_half_a_surrogate_pair_in_the_extend_params_holds_nobody_up(world: V1World) -> None:
    call(world, "newInstance", saasExtendParams=extend_params([{"name": "n", "value": "a\ud83dz"}]))
    call(world, "newInstance", orderId="CS-OTHER")
    assert {data["order_id"]: data["extend_params"][0]["value"] for _, data in told(world)} == {
        ORDER: "a?z",
        "CS-OTHER": "例子.example",
    }


def test_nothing_personal_lies_in_plain_in_the_state_or_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    world = V1World()
    asked = order(userName="IAM User", saasExtendParams=extend_params([{"name": "idNum", "value": "ID-12345"}]))
    undecryptable = order(orderId="CS-OTHER", mobilePhone="phone-in-plain", email="mail-in-plain", businessId="b-2")
    for parameters in (asked, undecryptable):
        assert world.call_v1("newInstance", **parameters).code == IN_PROCESS
    world.call_v1("upgrade", instanceId=asked["businessId"], **UPGRADE, saasExtendParams=asked["saasExtendParams"])
    world.product.access = ACCESS
    world.product.failing = 1
    world.deliver()
    kept = world.everything_stored() + json.dumps(world.lines) + capsys.readouterr().err
    personal = [
        BUYER,
        MOBILE_PHONE,
        EMAIL,
        "IAM User",
        "ID-12345",
        "phone-in-plain",
        "mail-in-plain",
        ACCESS["password"],
    ]
    personal += [asked["mobilePhone"], asked["email"], asked["saasExtendParams"], "0123456789abcdef", V1_KEY]
    assert [text for text in personal if text in kept] == []


# ------------------------------------------------------------------------------------------ changes of an instance
@pytest.mark.parametrize("activity", CHANGES)
def test_a_change_happens_once_however_often_it_is_asked_for(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    answers = []
    for _ in range(3):
        answers.append(call(world, activity, instance_id))
        world.clock.advance(200)
    assert [answer.members for answer in answers] == [{"resultCode": SUCCESS, "resultMsg": "success"}] * 3
    assert [type_ for type_, _ in told(world)] == [CHANGES[activity]]


@pytest.mark.parametrize("activity", CALLS)
def test_the_identical_request_again_writes_nothing_and_gets_the_same_answer(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    parameters = order(orderId="CS-NEW") if activity == "newInstance" else CALLS[activity](instance_id)
    query = query_of(world.signed(activity, **parameters))
    first = world.get(query)
    expected = told(world)
    counted(world).reset()
    again = world.get(query)
    assert counted(world).writes == 0
    world.clock.advance(86_400)
    later = world.get(query)
    for answer in (again, later):
        assert {**answer.members, "info": 0} == {**first.members, "info": 0}
    assert [type_ for type_, _ in expected] == EVENTS[activity]
    assert told(world) == []


def test_an_upgrade_tells_the_target(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "upgrade", instance_id)
    ((type_, data),) = told(world)
    assert (type_, data["order_id"], data["order_type"]) == ("instance.upgraded", "CS-UP-1", "CHANGE")
    assert (data["product"]["sku_code"], data["product"]["product_id"]) == ("sku-2", "00301-2--0")
    assert (data["product"]["linear_value"], data["product"]["charging_mode"]) == ("20", "PERIOD")


def test_another_upgrade_order_is_another_upgrade(world: V1World) -> None:
    instance_id = world.open_v1()
    for order_id in ("CS-UP-1", "CS-UP-2", "CS-UP-1"):
        call(world, "upgrade", instance_id, orderId=order_id)
    assert [data["order_id"] for _, data in told(world)] == ["CS-UP-1", "CS-UP-2"]


@pytest.mark.parametrize("activity", ["upgrade", "upgradeInstance"])
def test_an_upgrade_before_there_is_access_data_is_in_process(world: V1World, activity: str) -> None:
    instance_id = call(world, "newInstance").id
    assert call(world, activity, instance_id).code == IN_PROCESS


@pytest.mark.parametrize(
    ("told_by", "scene"),
    [
        ({}, "RENEWAL"),
        ({"orderAmount": "0"}, "RENEWAL"),
        ({"orderAmount": ""}, "RENEWAL"),
        ({"trialToFormal": "0"}, "RENEWAL"),
        ({"trialToFormal": ""}, "RENEWAL"),
        ({"trialToFormal": "1"}, "TRIAL_TO_FORMAL"),
        ({"trialToFormal": "2"}, "TRIAL_TO_FORMAL"),
        ({"orderAmount": "-12.5"}, "UNSUBSCRIBE_RENEWAL_PERIOD"),
        ({"orderAmount": "-0.001"}, "UNSUBSCRIBE_RENEWAL_PERIOD"),
    ],
)
def test_the_scene_follows_from_conversion_flag_and_sign_of_the_amount(
    world: V1World, told_by: dict[str, str], scene: str
) -> None:
    instance_id = world.open_v1()
    assert call(world, "refreshInstance", instance_id, **told_by).code == SUCCESS
    ((_, data),) = told(world)
    assert (data["scene"], data["expire_time"], data["order_id"]) == (scene, "2028-11-21T10:05:00Z", "CS-RE-1")
    assert world.instance(instance_id).expire_time == EXPIRY


def test_a_cancellation_with_the_order_of_the_renewal_is_told_by_its_expiry(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "refreshInstance", instance_id)
    for _ in range(2):
        call(world, "refreshInstance", instance_id, expireTime="20271121100500")
    assert [data["expire_time"] for _, data in told(world)] == ["2028-11-21T10:05:00Z", "2027-11-21T10:05:00Z"]


@pytest.mark.parametrize("activity", ["expireInstance", "releaseInstance"])
def test_the_printed_example_without_an_order_is_taken(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    assert world.call_v1(activity, instanceId=instance_id).code == SUCCESS
    assert [type_ for type_, _ in told(world)] == [CHANGES[activity]]


@pytest.mark.parametrize("thaw", ["NORMAL", "UNFREEZE"])
@pytest.mark.parametrize("freeze", ["expireInstance", "instanceStatus"])
def test_a_frozen_instance_thaws(world: V1World, freeze: str, thaw: str) -> None:
    instance_id = world.open_v1()
    call(world, freeze, instance_id)
    assert world.instance(instance_id).status == "frozen"
    world.clock.advance(1)
    assert call(world, "instanceStatus", instance_id, instanceStatus=thaw).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    assert [type_ for type_, _ in told(world)] == ["instance.frozen", "instance.unfrozen"]


def test_a_renewal_ends_an_expiry_and_no_other_freeze(world: V1World) -> None:
    instance_id = world.open_v1()
    renewal = {"instanceId": instance_id, "orderId": "CS-R1", "expireTime": "20310101000000"}
    call(world, "expireInstance", instance_id)
    world.clock.advance(1)
    assert (
        world.call_v1("refreshInstance", **{**renewal, "orderId": "CS-R0", "expireTime": "20200101000000"}).code
        == SUCCESS
    )
    assert world.instance(instance_id).status == "frozen"
    assert world.call_v1("refreshInstance", **renewal).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id)
    assert world.call_v1("refreshInstance", **{**renewal, "orderId": "CS-R2"}).code == SUCCESS
    assert world.instance(instance_id).status == "frozen"


@pytest.mark.parametrize("late", ["expireInstance", "instanceStatus"])
def test_a_delayed_change_of_status_does_not_undo_a_newer_one(world: V1World, late: str) -> None:
    instance_id = world.open_v1()
    delayed = query_of(world.signed(late, **CALLS[late](instance_id)))
    world.clock.advance(0.001)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    world.clock.advance(3 * 3600)
    assert world.get(delayed).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    assert told(world) == []


def test_a_replayed_freeze_does_not_undo_the_thaw_after_it(world: V1World) -> None:
    instance_id = world.open_v1()
    frozen = query_of(world.signed("instanceStatus", **CALLS["instanceStatus"](instance_id)))
    world.get(frozen)
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    for seconds in (1, 86_400):
        world.clock.advance(seconds)
        assert world.get(frozen).code == SUCCESS
    assert world.instance(instance_id).status == "active"


@pytest.mark.parametrize("stamp", ["20990101000000000", "20290101000000123", "soon", "9" * 20, "20261345000000000"])
def test_a_time_that_cannot_be_counts_as_now_and_shuts_nothing_out(world: V1World, stamp: str) -> None:
    instance_id = world.open_v1()
    call(world, "instanceStatus", instance_id, timeStamp=stamp)
    assert world.instance(instance_id).status == "frozen"
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    assert world.instance(instance_id).status == "active"


def test_stamps_of_another_time_zone_are_still_in_order(world: V1World) -> None:
    instance_id = world.open_v1()
    ahead = world.clock.now() + timedelta(hours=8)
    later, earlier = (time_stamp(ahead + timedelta(seconds=seconds)) for seconds in (1, 0))
    call(world, "instanceStatus", instance_id, timeStamp=later)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL", timeStamp=earlier)
    assert world.instance(instance_id).status == "frozen"


def test_an_old_time_stamp_is_not_refused(world: V1World) -> None:
    assert call(world, "newInstance", timeStamp="20180101000000000").code == IN_PROCESS


def test_a_released_instance_is_gone_for_everything_but_its_release(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "releaseInstance", instance_id)
    world.clock.advance(1)
    codes = {activity: call(world, activity, instance_id).code for activity in ABOUT_ONE}
    assert codes == {**dict.fromkeys(ABOUT_ONE, UNKNOWN), "releaseInstance": SUCCESS}
    assert world.instance(instance_id).status == "released"


# ----------------------------------------------------------------------------------------------------- queryInstance
def test_a_query_shows_the_known_instances_of_a_list(world: V1World) -> None:
    first = world.open_v1()
    second = world.open_v1(orderId="CS-2")
    answer = world.call_v1("queryInstance", instanceId=f"{first},unknown,{second}")
    assert (answer.code, answer.members["encryptType"]) == (SUCCESS, "1")
    assert [entry["instanceId"] for entry in answer.members["info"]] == [first, second]
    assert {opened(entry["appInfo"], "1")["password"] for entry in answer.members["info"]} == {ACCESS["password"]}


def test_a_query_of_an_instance_that_is_being_opened_is_in_process(world: V1World) -> None:
    assert call(world, "queryInstance", call(world, "newInstance").id).code == IN_PROCESS


def test_a_hundred_ids_are_taken_and_one_more_is_not(world: V1World) -> None:
    ids = [f"instance-{number:03d}" for number in range(101)]
    assert world.call_v1("queryInstance", instanceId=",".join(ids[:100])).code == UNKNOWN
    assert world.call_v1("queryInstance", instanceId=",".join(ids)).code == ILLEGAL


def test_a_query_shows_the_usage_of_pay_per_use(world: V1World) -> None:
    instance_id = world.open_v1(chargingMode="0")
    answer = world.call_v1("queryInstance", instanceId=instance_id)
    (usage,) = answer.members["info"][0]["usageInfo"]
    assert usage["usageValue"] == 0
    assert len(usage["statisticalTime"]) == 17


# --------------------------------------------------------------------------------------------------------- bad input
@pytest.fixture(params=CALLS)
def activity(request: pytest.FixtureRequest) -> str:
    """Each activity."""
    return str(request.param)


def nothing_changes(world: V1World, query: str, key: str = V1_KEY, life: Life | None = None) -> Given:
    """The answer to a call that must write nothing and say why in one line of the log."""
    counted(world).reset()
    world.lines.clear()
    answer = world.get(query, key=key, life=life)
    assert counted(world).writes == 0
    assert [line["event"] for line in world.lines] == ["callback"]
    assert set(answer.members) <= {"resultCode", "resultMsg", "instanceId"}
    return answer


def parameters_of(world: V1World, activity: str) -> dict[str, str]:
    """Decoded parameters of a proper call about an active instance, without the token."""
    return dict(world.signed(activity, **CALLS[activity](world.open_v1(orderId="CS-OPEN")))[:-1])


@pytest.mark.parametrize(
    "token", ["A" * 43 + "=", "short", "%%%", "ä" * 44, "A" * 5000, "AAAA AAAA"], ids=lambda text: text[:10]
)
def test_a_wrong_token_is_not_authentic(world: V1World, activity: str, token: str) -> None:
    pairs = [*parameters_of(world, activity).items(), ("authToken", token)]
    assert nothing_changes(world, query_of(pairs)).members["resultMsg"] == "authentication failed"
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC


def test_a_changed_parameter_is_not_authentic(world: V1World, activity: str) -> None:
    pairs = with_token(parameters_of(world, activity))
    for changed in ([*pairs, ("more", "1")], [(name, value + "x") for name, value in pairs[:-1]] + pairs[-1:]):
        assert nothing_changes(world, query_of(changed)).code == NOT_AUTHENTIC
    assert nothing_changes(world, query_of([pairs[0], *pairs[2:]])).code == ILLEGAL


def test_a_key_that_is_not_ours_is_not_authentic(world: V1World, activity: str) -> None:
    pairs = with_token(parameters_of(world, activity), "another-key")
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC


@pytest.mark.parametrize("name", ["authToken", "timeStamp", "activity"])
@pytest.mark.parametrize("empty", [False, True])
def test_without_token_time_or_activity_a_call_is_illegal(
    world: V1World, activity: str, name: str, empty: bool
) -> None:
    pairs = with_token(parameters_of(world, activity))
    kept = [(one, "" if one == name else value) for one, value in pairs if empty or one != name]
    assert nothing_changes(world, query_of(kept)).code == ILLEGAL


MANDATORY = {
    "newInstance": ("businessId", "orderId", "productId", "customerId"),
    "refreshInstance": ("instanceId", "orderId", "expireTime"),
    "expireInstance": ("instanceId",),
    "releaseInstance": ("instanceId",),
    "upgrade": ("instanceId", "orderId", "skuCode", "productId"),
    "upgradeInstance": ("instanceId", "orderId", "skuCode", "productId"),
    "instanceStatus": ("instanceId", "instanceStatus"),
    "queryInstance": ("instanceId",),
}


@pytest.mark.parametrize(
    ("activity", "name"), [(activity, name) for activity, names in MANDATORY.items() for name in names]
)
@pytest.mark.parametrize("value", [None, "", "x" * 101, "a\nb"])
def test_a_mandatory_parameter_missing_empty_too_long_or_unprintable_is_illegal(
    world: V1World, activity: str, name: str, value: str | None
) -> None:
    given = {**parameters_of(world, activity), name: value}
    pairs = with_token({one: text for one, text in given.items() if text is not None})
    answer = nothing_changes(world, query_of(pairs))
    assert answer.code == ILLEGAL
    assert "x" * 65 not in answer.body.decode()


@pytest.mark.parametrize(
    ("activity", "name", "longest"), [("newInstance", "customerId", 100), ("upgrade", "skuCode", 64)]
)
def test_an_id_may_be_as_long_as_documented(world: V1World, activity: str, name: str, longest: int) -> None:
    given = {**parameters_of(world, activity), name: "x" * longest}
    assert world.get(query_of(with_token(given))).code in (SUCCESS, IN_PROCESS)
    given = {**parameters_of(world, activity), name: "x" * (longest + 1)}
    assert nothing_changes(world, query_of(with_token(given))).code == ILLEGAL


@pytest.mark.parametrize("path", ["/saas", "/"])
@pytest.mark.parametrize("named", ["doSomething", "NEWINSTANCE", "changeInstanceCheck", "getLicense", "x" * 5000])
def test_an_unknown_activity_is_illegal(world: V1World, named: str, path: str) -> None:
    assert world.call_v1(named, path=path, instanceId="i").code == ILLEGAL


@pytest.mark.parametrize(
    ("activity", "changes"),
    [
        ("refreshInstance", {"expireTime": "soon"}),
        ("refreshInstance", {"expireTime": "20281321100500"}),
        ("instanceStatus", {"instanceStatus": "SOLID"}),
        ("queryInstance", {"instanceId": ",,"}),
        ("newInstance", {"testFlag": "2"}),
        ("newInstance", {"timeStamp": "1" * 21}),
        ("newInstance", {"customerName": "x" * 33_000}),
        ("newInstance", {f"name{number}": "1" for number in range(101)}),
    ],
)
def test_values_of_another_form_or_without_end_are_illegal(
    world: V1World, activity: str, changes: dict[str, str]
) -> None:
    pairs = with_token({**parameters_of(world, activity), **changes})
    assert nothing_changes(world, query_of(pairs)).code == ILLEGAL


@pytest.mark.parametrize("activity", ABOUT_ONE)
def test_an_unknown_instance_is_told(world: V1World, activity: str) -> None:
    assert nothing_changes(world, query_of(world.signed(activity, **CALLS[activity]("unknown")))).code == UNKNOWN


@pytest.mark.parametrize("keys", ["", " , ", "k" * 600])
def test_without_a_key_the_answer_is_an_internal_error_that_nobody_signs(
    world: V1World, activity: str, keys: str
) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    world.settings["MARKETPLACE_V1_KEYS"] = keys
    answer = nothing_changes(world, query, key="")
    assert (answer.code, answer.members["resultMsg"]) == (INTERNAL, "the service is not ready")
    assert world.lines[0]["reason"].startswith("MARKETPLACE_V1_KEYS ")


@pytest.mark.parametrize(
    ("activity", "name", "value", "signed_by"),
    [
        ("newInstance", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("queryInstance", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("upgrade", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("newInstance", "MARKETPLACE_V1_ENCRYPT_TYPE", "3", ""),
        ("queryInstance", "MARKETPLACE_V1_ENCRYPT_TYPE", "3", ""),
    ],
)
def test_another_setting_at_fault_is_an_internal_error(
    world: V1World, activity: str, name: str, value: str, signed_by: str
) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    world.settings[name] = value
    counted(world).reset()
    answer = world.get(query, key=signed_by)
    assert (answer.code, answer.members["resultMsg"]) == (INTERNAL, "the service is not ready")
    assert world.lines[-1]["reason"].startswith(f"{name} ")


def test_a_state_that_does_not_answer_is_an_internal_error(world: V1World, activity: str) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    answer = nothing_changes(world, query, life=Life(failures={1: StateUnavailable("down")}))
    assert answer.code == INTERNAL


def test_the_size_of_key_of_the_setting_is_tried_first_for_what_comes_encrypted() -> None:
    world = V1World(MARKETPLACE_V1_ENCRYPT_TYPE="2")
    fits_both = "JJzasEzOD1T0lFRviFYFndahbvrvD3pbj/K23Q=="
    world.call_v1("newInstance", **order(mobilePhone=fits_both, email=""))
    world.deliver()
    assert world.product.received[0].data["buyer"]["mobile_phone"] == "10000000000"


@pytest.mark.parametrize("name", ["user_name", "password"])
def test_access_data_that_no_answer_could_hold_is_refused_when_it_is_reported(world: V1World, name: str) -> None:
    instance_id = world.open_v1()
    for too_long in ("p" * 80, "测" * 27):
        status, problem = world.set_access(instance_id, {**ACCESS, name: too_long})
        assert (status, problem["code"]) == (400, "malformed_request")
        assert name in problem["detail"]
    assert world.set_access(instance_id, {**ACCESS, name: "测" * 26 + "p"})[0] == 200
    assert call(world, "queryInstance", instance_id).code == SUCCESS


def test_access_data_that_no_answer_could_hold_is_left_out_of_the_answer_to_an_event(world: V1World) -> None:
    instance_id = world.call_v1("newInstance", **order()).id
    world.product.access = {**ACCESS, "password": "p" * 80}
    assert world.deliver() == {"delivered": 1}
    assert world.instance(instance_id).status == "creating"
    assert "access_in_answer_refused" in [line["event"] for line in world.lines]


def test_access_data_of_2_0_too_long_for_its_encrypted_form_is_a_signed_internal_error(world: V1World) -> None:
    (instance_id,) = world.shop.buy("period-year")
    assert world.set_access(instance_id, {**ACCESS, "password": "p" * 80})[0] == 200
    answer = call(world, "queryInstance", instance_id)
    assert answer.code == INTERNAL
    assert (world.lines[-1]["result_code"], "field_too_long" in world.lines[-1]["reason"]) == (INTERNAL, True)


# ------------------------------------------------------------------------------------------------- keys and the wire
def test_the_previous_key_is_taken_and_signs_and_encrypts_its_own_answer(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    given = world.call_v1(activity, key=V1_KEY_BEFORE, **CALLS[activity](instance_id))
    assert given.code == SUCCESS
    assert given.signed_with(V1_KEY_BEFORE)
    assert not given.signed_with(V1_KEY)
    for holder in (given.members, *given.members.get("info", ())):
        if "appInfo" in holder:
            assert sensitive_fields.decrypt(V1_KEY_BEFORE, holder["appInfo"]["password"]) == ACCESS["password"]
    refused = world.call_v1(activity, key=V1_KEY_BEFORE, **{**CALLS[activity](instance_id), "testFlag": "7"})
    assert (refused.code, refused.signed_with(V1_KEY_BEFORE)) == (ILLEGAL, True)


PLUS = {"customerName": "a b+c", "saasExtendParams": "+/+/ e+==", "note": ""}


@pytest.mark.parametrize("safe", ["", "+/=", "+/=:,"], ids=["percent", "raw plus", "all raw"])
def test_a_plus_is_read_raw_and_encoded_in_token_and_values(world: V1World, safe: str) -> None:
    phone = {"mobilePhone": next(v for _ in range(999) if "+" in (v := order()["mobilePhone"]))}
    for number in range(20):
        pairs = world.signed("newInstance", **order(orderId=f"CS-{number}", **phone))
        assert world.get(query_of(pairs, safe=safe)).code == IN_PROCESS
        world.clock.advance(0.001)
    assert {data["buyer"]["mobile_phone"] for _, data in told(world)} == {MOBILE_PHONE}


@pytest.mark.parametrize("raw", [True, False])
def test_a_token_that_begins_with_a_plus_is_read(world: V1World, raw: bool) -> None:
    asked = order()
    signed = (world.signed("newInstance", **{**asked, "orderId": f"CS-{number}"}) for number in range(5000))
    pairs = next(pairs for pairs in signed if pairs[-1][1].startswith("+"))
    assert world.get(query_of(pairs, safe="+" if raw else "")).code == IN_PROCESS
    spaced = query_of(pairs[:-1]) + f"&authToken=%20{query_of(pairs[-1:]).partition('=')[2]}%20"
    assert world.get(spaced).code == IN_PROCESS


def test_blanks_written_as_plus_are_blanks(world: V1World) -> None:
    pairs = world.signed("newInstance", **order(customerName="Two Words+1"))
    query = query_of([pair for pair in pairs if pair[0] != "customerName"]) + "&customerName=Two+Words%2B1"
    assert world.get(query).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["buyer"]["customer_name"] == "Two Words+1"


def test_of_a_repeated_parameter_the_first_counts(world: V1World) -> None:
    asked = order()
    query = query_of(world.signed("newInstance", **asked))
    answer = world.get(f"{query}&orderId=CS-OTHER&businessId=other&authToken=other")
    assert (answer.code, answer.id) == (IN_PROCESS, asked["businessId"])
    assert world.get(f"orderId=CS-OTHER&{query}").code == NOT_AUTHENTIC


def test_the_lists_of_the_gateway_are_read(world: V1World) -> None:
    pairs = world.signed("newInstance", **order())
    query = {name: [value, "second"] for name, value in pairs}
    event = {"httpMethod": "GET", "path": "/saas", "queryStringParameters": query, "isBase64Encoded": True, "body": ""}
    assert world.get_event({**event, "headers": {}, "requestContext": {}}).code == IN_PROCESS


@pytest.mark.parametrize("signed_empty", [True, False])
def test_empty_parameters_are_signed_or_left_out(world: V1World, signed_empty: bool) -> None:
    parameters = {"activity": "newInstance", "timeStamp": time_stamp(world.clock.now()), **order()}
    empty = {"diskSize": "", "trialFlag": "", "testFlag": "", "email": ""}
    signed = {**parameters, **empty}
    covered = signed if signed_empty else {name: value for name, value in signed.items() if value}
    token = auth_token(V1_KEY, parameters["timeStamp"], token_text(list(covered.items())))
    assert world.get(query_of([*signed.items(), ("authToken", token)])).code == IN_PROCESS
    ((_, data),) = told(world)
    assert "disk_size" not in data["product"]


def test_a_flag_hidden_in_its_neighbour_is_illegal(world: V1World) -> None:
    pairs = dict(world.signed("newInstance", **order(testFlag="1", skuCode="s")))
    hidden = {**pairs, "skuCode": "s&testFlag=1"}
    del hidden["testFlag"]
    assert world.get(query_of(list(hidden.items()))).code == ILLEGAL


# -------------------------------------------------------------------------------------------------------- debug calls
def test_a_debug_call_succeeds_touches_nothing_and_tells_nobody(world: V1World, activity: str) -> None:
    query = query_of(world.signed(activity, testFlag="1", **CALLS[activity]("huaiweitest123456")))
    counted(world).reset()
    answers = [world.get(query) for _ in range(2)]
    assert {answer.code for answer in answers} == {SUCCESS}
    assert answers[0].members.get("instanceId") == answers[1].members.get("instanceId")
    assert counted(world).total == 0
    assert told(world) == []


@pytest.mark.parametrize("activity", ["newInstance", "queryInstance"])
def test_a_debug_call_shows_the_access_data_of_the_setting_encrypted(activity: str) -> None:
    world = V1World(DEBUG_ACCESS=json.dumps(ACCESS), MARKETPLACE_V1_ENCRYPT_TYPE="2")
    answer = call(world, activity, "debug-1", testFlag="1")
    holder = answer.members if activity == "newInstance" else answer.members["info"][0]
    assert answer.members["encryptType"] == "2"
    assert opened(holder["appInfo"], "2")["password"] == ACCESS["password"]


def test_a_debug_call_must_be_right_too(world: V1World, activity: str) -> None:
    name = MANDATORY[activity][0]
    assert call(world, activity, "i", testFlag="1", **{name: ""}).code == ILLEGAL
    pairs = with_token({**parameters_of(world, activity), "testFlag": "1"}, "another-key")
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC
