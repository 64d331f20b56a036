"""The joint kit in both generations: signatures, forms of lists, and what happens to an enterprise."""

from __future__ import annotations

import base64
import json

import pytest

from koogallery_simulator import Attempt, JointKit, NotAccepted, Shops, SimulatorError, Tenant, TenantUser, demo_tenant
from koogallery_simulator.client_secrets import OAEP_PAIRS, oaep
from koogallery_simulator.dialects import kit
from koogallery_simulator.dialects.kit import KitV2, ListForm
from koogallery_simulator.signatures import callback_payload
from koogallery_simulator.v1_signatures import auth_token, body_pairs, kit_signature, token_text
from tests.unit.simulator.every_guide import V1_KEY, EveryGuide, shops, signed
from tests.unit.simulator.test_old_signatures import private_key
from tests.unit.simulator.tools import KEYS

TENANT = "https://acme.example.com"


def enterprise(*, old: bool = False) -> tuple[JointKit, Tenant, EveryGuide, Shops]:
    made, seller, _ = shops()
    return (made.kit_v1 if old else made.kit), demo_tenant(TENANT), seller, made


def bound(*, old: bool = False) -> tuple[JointKit, Tenant, EveryGuide, Shops]:
    speaker, tenant, seller, made = enterprise(old=old)
    (instance_id,) = made.saas.buy("period-year")
    speaker.bind(tenant, instance_id)
    seller.messages.clear()
    seller.requests.clear()
    return speaker, tenant, seller, made


def said(seller: EveryGuide) -> list[tuple[str, object]]:
    return [(str(message["path"]).rpartition("/")[2], message.get("flag")) for message in seller.messages]


@pytest.mark.parametrize("compact", [False, True])
def test_kit_call_is_signed_over_its_canonical_body(compact: bool) -> None:
    speaker, tenant, seller, _ = enterprise()
    speaker.caller.dialect = KitV2(compact=compact)
    speaker.caller.send(speaker.tenant_sync(tenant))
    (request,) = seller.requests
    payload = callback_payload(json.loads(request.body))
    made = kit_signature(KEYS.kit[0], request.headers["x-nonce"], request.headers["x-timestamp"], payload)
    assert request.headers["x-sign"] == made
    assert request.url == "http://127.0.0.1:8700/saas/produceAPI/v2/tenantSync"
    assert (request.body == payload.encode()) is compact


def test_kit_body_has_types_and_the_time_of_the_guide() -> None:
    speaker, tenant, seller, _ = enterprise()
    speaker.caller.send(speaker.tenant_sync(tenant))
    message = json.loads(seller.requests[0].body)
    assert (message["flag"], message["testFlag"], message["instanceId"]) == (1, 0, "")
    assert message["timeStamp"] == "20260115180000000"
    assert (message["domainName"], message["name"]) == (TENANT, "示例企业")
    speaker.caller.send(speaker.tenant_sync(tenant, test=True))
    assert json.loads(seller.requests[1].body)["testFlag"] == 1


def test_old_kit_call_carries_a_token_without_blank_members() -> None:
    speaker, tenant, seller, _ = enterprise(old=True)
    speaker.caller.send(speaker.tenant_sync(tenant))
    (request,) = seller.requests
    message = json.loads(request.body)
    text = token_text(body_pairs(message), skip_empty=True)
    assert "instanceId" not in text
    assert "flag=1" in text
    assert request.headers["authToken"] == auth_token(V1_KEY, message["timeStamp"], text)
    assert request.url == "http://127.0.0.1:8700/saas/produceAPI/tenantSync"


def test_old_kit_wants_body_sign_on_every_answer() -> None:
    speaker, tenant, seller, made = enterprise(old=True)
    speaker.create_credential(tenant)
    assert not made.marketplace.violations.all()
    seller.sign = lambda body: signed(body + b" ")
    speaker.caller.send(speaker.tenant_sync(tenant))
    assert made.marketplace.violations.rules() == {"body-sign"}


@pytest.mark.parametrize("pair", OAEP_PAIRS)
def test_secret_of_the_application_is_encrypted_for_the_seller(pair: str) -> None:
    speaker, tenant, _, _ = enterprise()
    speaker.oaep = pair
    text = str(speaker.application_sync(tenant).members["clientSecret"])
    assert private_key("k3072").decrypt(base64.b64decode(text), oaep(pair)).decode() == tenant.client_secret


def test_credential_is_told_without_instance_and_order() -> None:
    speaker, tenant, seller, _ = enterprise()
    speaker.create_credential(tenant)
    assert said(seller) == [("tenantSync", 1), ("applicationSync", 1), ("allOrgSync", None)]
    assert [message["instanceId"] for message in seller.messages] == ["", "", ""]


def test_binding_names_the_bought_instance() -> None:
    speaker, tenant, seller, made = enterprise()
    (instance_id,) = made.saas.buy("period-year")
    seller.messages.clear()
    attempts = speaker.bind(tenant, instance_id)
    assert all(attempt.accepted for attempt in attempts)
    assert {str(message["instanceId"]) for message in seller.messages} == {instance_id}
    assert seller.messages[0]["orderId"] == made.marketplace.instance(instance_id).line.order_id
    with pytest.raises(SimulatorError, match="no instance"):
        speaker.bind(tenant, "unknown")


def test_people_come_change_and_go() -> None:
    speaker, tenant, seller, _ = bound()
    speaker.authorise(tenant, "admin.one", "user.two")
    assert tenant.user("user.two").authorised
    speaker.disable(tenant, "user.two")
    speaker.enable(tenant, "user.two")
    speaker.cancel(tenant, "user.two")
    assert not tenant.user("user.two").authorised
    speaker.remove_users(tenant, "user.three")
    assert [flag for _, flag in said(seller)] == [1, 2, 2, 3, 0]
    users = [message["userList"] for message in seller.messages]
    assert isinstance(users[0], list)
    assert users[0][0]["role"] == "admin"
    assert [user[0]["enable"] for user in users[1:3] if isinstance(user, list)] == ["false", "true"]
    assert seller.messages[0]["currentSyncTime"] == "20260115180000000"
    with pytest.raises(SimulatorError, match=r"no user 'user.three'"):
        speaker.authorise(tenant, "user.three")


def test_users_are_told_five_hundred_at_a_time() -> None:
    speaker, tenant, seller, _ = bound()
    names = [f"user.{number}" for number in range(1001)]
    for name in names:
        tenant.add_user(TenantUser(name, name))
    speaker.authorise(tenant, *names)
    assert [len(json.loads(request.body)["userList"]) for request in seller.requests] == [500, 500, 1]


def test_departments_come_change_and_go() -> None:
    speaker, tenant, seller, _ = bound()
    speaker.add_department(tenant, "00000003", "New", "00000001")
    speaker.change_department(tenant, "00000003", "Renamed")
    speaker.remove_department(tenant, "00000003")
    assert said(seller) == [("singleOrgSync", 1), ("singleOrgSync", 2), ("singleOrgSync", 0)]
    assert [message["parentCode"] for message in seller.messages] == ["00000001", "", ""]
    assert "00000003" not in tenant.departments


def test_full_sync_tells_all_departments_flat() -> None:
    speaker, tenant, seller, _ = bound()
    tenant.grow(10_000)
    speaker.sync_departments(tenant)
    (message,) = seller.messages
    departments = message["orgInfoList"]
    assert isinstance(departments, list)
    assert len(departments) == 10_000
    codes = {one["orgCode"] for one in departments}
    assert len(codes) == 10_000
    assert {one["parentCode"] for one in departments} <= codes | {""}


def test_unbinding_deletes_enterprise_and_application() -> None:
    speaker, tenant, seller, _ = bound()
    speaker.authorise(tenant, "user.two")
    speaker.unbind(tenant)
    assert said(seller)[1:] == [("tenantSync", 0), ("applicationSync", 0)]
    assert not tenant.user("user.two").authorised


def test_enterprise_changes_its_name_and_its_secret() -> None:
    speaker, tenant, seller, _ = bound()
    speaker.change_tenant(tenant, name="Other")
    speaker.rotate_secret(tenant, "new-secret")
    assert said(seller) == [("tenantSync", 2), ("applicationSync", 2)]
    assert (tenant.name, tenant.domain, tenant.client_secret) == ("Other", TENANT, "new-secret")


@pytest.mark.parametrize("form", ["array", "json", "unquoted"])
def test_lists_travel_in_every_printed_form(form: ListForm) -> None:
    speaker, tenant, seller, _ = bound()
    speaker.caller.dialect = KitV2(list_form=form)
    speaker.sync_departments(tenant)
    found = seller.messages[0]["orgInfoList"]
    first = '[{orgCode: "00000001", orgName: "产品部", parentCode: ""}'
    assert isinstance(found, list) is (form == "array")
    assert isinstance(found, str) is (form != "array")
    if form == "json":
        assert json.loads(str(found))[0]["orgName"] == "产品部"
    if form == "unquoted":
        assert str(found).startswith(first)


def test_old_kit_uses_the_old_words() -> None:
    speaker, tenant, seller, _ = bound(old=True)
    speaker.authorise(tenant, "user.two")
    speaker.sync_departments(tenant)
    users, departments = seller.messages
    (user,) = json.loads(str(users["userList"]))
    assert user["extension"] == {"employeeType": 1}
    assert "employeeType" not in user
    assert json.loads(str(departments["orgInfo"]))[0] == {"orgCode": "00000001", "name": "产品部", "parentCode": ""}
    assert "orgInfoList" not in departments


def test_refused_sync_is_told_and_repeated_by_nobody() -> None:
    speaker, tenant, seller, made = enterprise()
    seller.answers = lambda message: {"resultCode": "000005"}
    with pytest.raises(NotAccepted, match="tenantSync"):
        speaker.create_credential(tenant)
    assert len(seller.requests) == 1
    assert not made.marketplace.violations.all()


def test_undocumented_code_is_a_violation() -> None:
    speaker, tenant, seller, made = enterprise()
    seller.answers = lambda message: {"resultCode": "000108"}
    speaker.caller.send(speaker.tenant_sync(tenant))
    assert made.marketplace.violations.rules() == {"result-code-activity"}


def test_syncs_in_any_order() -> None:
    speaker, tenant, seller, _ = bound()
    calls = [speaker.tenant_sync(tenant), speaker.application_sync(tenant), speaker.all_org_sync(tenant)]
    attempts: list[Attempt] = speaker.caller.deliver_all(calls, seed=2, copies=2)
    assert len(attempts) == 6
    assert [name for name, _ in said(seller)] != ["tenantSync", "applicationSync", "allOrgSync"] * 2


def test_tenant_shows_no_secret() -> None:
    _, tenant, _, _ = enterprise()
    assert tenant.client_secret not in repr(tenant)


def test_every_sync_is_documented() -> None:
    assert set(kit.ACTIVITIES) == {"tenantSync", "applicationSync", "authSync", "singleOrgSync", "allOrgSync"}
