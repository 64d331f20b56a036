"""Kit bodies are read as liberally as the guides contradict themselves, and no further."""

from __future__ import annotations

import json
from typing import Any

import pytest

from koogallery.inferred import KIT_MAX_USERS
from koogallery.messages.callbacks import IllegalParameter, parse_message
from koogallery.messages.kit import KIT_MESSAGES, MAX_EXTENSION_CHARACTERS

BASE = {"instanceId": "i", "tenantId": "t", "testFlag": 0, "timeStamp": "20250101093000123"}
ORGS = [{"orgCode": "2", "orgName": "测试部", "parentCode": "1"}, {"orgCode": "1", "orgName": "a:b", "parentCode": ""}]


def parse(name: str, /, **members: Any) -> Any:
    own = {"appId": "a"} if name == "authSync" else {}
    return parse_message(name, {**BASE, **own, **members}, KIT_MESSAGES)


def refusal(name: str, /, **members: Any) -> str:
    with pytest.raises(IllegalParameter) as refused:
        parse(name, **members)
    return str(refused.value)


def departments(**members: Any) -> list[tuple[str, str, str]]:
    found = parse("allOrgSync", **members).org_info_list
    return [(one.org_code, one.org_name, one.parent_code) for one in found]


@pytest.mark.parametrize(
    "given",
    [
        ORGS,
        json.dumps(ORGS),
        json.dumps(ORGS, ensure_ascii=False, indent=1),
        '[{orgCode:"2",orgName:"测试部",parentCode:"1"},{orgCode : 1, orgName:"a:b",parentCode:""}]',
    ],
    ids=["list", "json", "json with blanks", "as printed"],
)
def test_a_list_comes_in_three_forms(given: object) -> None:
    assert departments(orgInfoList=given) == [("2", "测试部", "1"), ("1", "a:b", "")]


def test_the_old_names_are_read_as_well() -> None:
    assert departments(orgInfo='[{"orgCode":"1","name":"x"}]') == [("1", "x", "")]
    message = parse("singleOrgSync", flag=1, orgCode="1", name="x")
    assert message.facts() == {"org_code": "1", "org_name": "x", "parent_code": ""}


def test_a_single_object_is_a_list_of_one() -> None:
    assert departments(orgInfoList=ORGS[1]) == [("1", "a:b", "")]


def test_a_null_parent_is_no_parent() -> None:
    assert departments(orgInfoList=[{"orgCode": "1", "orgName": "x", "parentCode": None}]) == [("1", "x", "")]


def test_empty_lists_are_lists() -> None:
    assert departments(orgInfoList=[]) == departments(orgInfoList="[]") == []


def test_numbers_come_as_texts_and_texts_as_numbers() -> None:
    message = parse("authSync", flag="3", appId=7, userList=[{"userName": 12, "employeeType": "2", "enable": True}])
    assert (message.flag, message.app_id) == ("unauthorize", "7")
    assert message.user_list[0].facts() == {"user_name": "12", "employee_type": 2, "enabled": True}


@pytest.mark.parametrize("flag", [4, -1, "x", "", None, True, 1.5, [1]])
def test_an_unknown_flag_is_refused(flag: object) -> None:
    assert refusal("authSync", flag=flag, appId="a", userList=[]) == "flag: must be one of 0, 1, 2, 3"


@pytest.mark.parametrize(
    ("given", "enabled"), [("true", True), ("FALSE", False), (True, True), (False, False), (0, False)]
)
def test_enable_is_a_text_or_a_boolean(given: object, enabled: bool) -> None:
    (user,) = parse("authSync", flag=1, userList=[{"userName": "u", "enable": given}]).user_list
    assert user.facts()["enabled"] is enabled


def test_an_unreadable_enable_enables_nobody() -> None:
    assert "true or false" in refusal("authSync", flag=1, userList=[{"userName": "u", "enable": "perhaps"}])


def test_what_1_0_nests_in_the_extension_is_lifted_and_the_rest_stays() -> None:
    extension = {"entryDate": "2020-01-1", "employeeType": 1, "workPlace": "x", "custom": {"level": 2}}
    (user,) = parse("authSync", flag=1, userList=[{"userName": "u", "extension": extension}]).user_list
    assert user.facts() == {
        "user_name": "u",
        "entry_date": "2020-01-1",
        "employee_type": 1,
        "work_place": "x",
        "extension": {"custom": {"level": 2}},
        "enabled": True,
    }


def test_a_fraction_in_the_extension_stays_exact() -> None:
    text = '[{"userName":"u","extension":{"level":1.10}}]'
    (user,) = parse("authSync", flag=1, userList=text).user_list
    assert user.facts()["extension"] == {"level": "1.10"}


def test_a_large_extension_is_refused() -> None:
    extension = {"x": "y" * MAX_EXTENSION_CHARACTERS}
    assert "at most 8192" in refusal("authSync", flag=1, userList=[{"userName": "u", "extension": extension}])


def test_unknown_members_are_ignored() -> None:
    message = parse("authSync", flag=1, newMember=1, userList=[{"userName": "u", "newMember": "x"}])
    assert message.user_list[0].facts() == {"user_name": "u", "enabled": True}


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("tenantSync", {"orderId": "", "name": "n", "domainName": "https://d"}),
        ("tenantSync", {"tenantCode": "c", "domainName": "https://d"}),
        ("tenantSync", {"tenantCode": "c", "name": "n", "domainName": ""}),
        ("applicationSync", {"appId": "a", "clientId": "c"}),
        ("applicationSync", {"appId": "a", "clientSecret": "c"}),
        ("applicationSync", {"clientId": "c", "clientSecret": "c"}),
        ("authSync", {"appId": "a"}),
        ("authSync", {"appId": "", "userList": [{"userName": "u"}]}),
        ("authSync", {"userList": [{"name": "without an account"}]}),
        ("singleOrgSync", {"orgName": "n"}),
        ("singleOrgSync", {"orgCode": "c"}),
        ("allOrgSync", {}),
        ("allOrgSync", {"orgInfoList": [{"orgName": "n"}]}),
    ],
)
def test_a_mandatory_member_that_is_missing_is_refused(name: str, members: dict[str, Any]) -> None:
    assert refusal(name, flag=1, **members)


@pytest.mark.parametrize("name", KIT_MESSAGES)
@pytest.mark.parametrize("missing", ["tenantId", "timeStamp"])
def test_every_sync_names_tenant_and_time(name: str, missing: str) -> None:
    own: dict[str, Any] = {"appId": "a", "orgCode": "o", "userList": [], "orgInfoList": []}
    assert refusal(name, flag=0, **{**own, missing: ""}).startswith(missing)


def test_a_deletion_needs_nothing_but_the_key() -> None:
    assert parse("tenantSync", flag=0).flag == "remove"
    assert parse("applicationSync", flag=0, appId="a").flag == "remove"
    assert parse("singleOrgSync", flag=0, orgCode="o").flag == "remove"


@pytest.mark.parametrize("time", ["2025010109300012", "20251301093000123", "2025-01-01", "x" * 17, 1.5, True, [1]])
def test_a_time_of_another_form_is_refused(time: object) -> None:
    assert refusal("allOrgSync", orgInfoList=[], timeStamp=time).startswith("timeStamp")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "  ",
        "{broken",
        "[1",
        '[],"x":[1]',
        '[{"orgCode":"1","orgCode":"2"}]',
        "null",
        7,
        True,
        "[" * 100 + "]" * 100,
    ],
)
def test_what_is_no_list_is_refused(given: object) -> None:
    assert refusal("allOrgSync", orgInfoList=given).startswith("orgInfoList")


def test_more_users_than_are_taken_are_refused() -> None:
    users = [{"userName": f"u{n}"} for n in range(KIT_MAX_USERS + 1)]
    assert len(parse("authSync", flag=1, userList=users[:-1]).user_list) == KIT_MAX_USERS
    assert refusal("authSync", flag=1, userList=users).startswith("userList")


@pytest.mark.parametrize(
    ("name", "member", "longest"),
    [
        ("tenantSync", "tenantId", 64),
        ("tenantSync", "tenantCode", 64),
        ("tenantSync", "name", 255),
        ("tenantSync", "domainName", 255),
        ("applicationSync", "appId", 64),
        ("applicationSync", "clientId", 64),
        ("singleOrgSync", "orgCode", 64),
        ("singleOrgSync", "orgName", 128),
        ("singleOrgSync", "parentCode", 64),
    ],
)
def test_a_member_is_as_long_as_its_table_says(name: str, member: str, longest: int) -> None:
    own: dict[str, Any] = {"appId": "a", "orgCode": "o"}
    parse(name, flag=0, **{**own, member: "x" * longest})
    assert refusal(name, flag=0, **{**own, member: "x" * (longest + 1)}).startswith(member)


@pytest.mark.parametrize(
    ("member", "longest"),
    [("userName", 64), ("name", 64), ("role", 32), ("mobile", 32), ("email", 128), ("workPlace", 256)],
)
def test_a_member_of_a_user_is_as_long_as_its_table_says(member: str, longest: int) -> None:
    parse("authSync", flag=1, userList=[{"userName": "u", member: "x" * longest}])
    assert refusal("authSync", flag=1, userList=[{"userName": "u", member: "x" * (longest + 1)}])


def test_nothing_personal_shows_in_reprs_and_refusals() -> None:
    message = parse("authSync", flag=1, userList=[{"userName": "zhang.san", "email": "zhang.san@person.example"}])
    assert "zhang" not in repr(message) + str(message.user_list)
    assert "zhang" not in refusal("authSync", flag=1, userList=[{"userName": "zhang.san", "enable": "zhang"}])
    assert "cipher" not in repr(parse("applicationSync", flag=1, appId="a", clientId="c", clientSecret="cipher"))
