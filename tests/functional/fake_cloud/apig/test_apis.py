"""APIG's rules for APIs, as the SDK's client meets them: publishing, names, pages, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import huaweicloudsdkapig.v2 as model
import pytest

from tests.fake_cloud import RELEASE, FakeCloud, examples
from tests.fake_cloud.state import Gateway
from tests.functional.fake_cloud.apig.actions import Refused, act


def test_a_row_of_the_list_hides_backends_that_the_details_show(
    apig: Any, gateway: Gateway, group: str, urn: str
) -> None:
    made = apig.create_custom_authorizer_v2(model.CreateCustomAuthorizerV2Request(gateway.id, examples.authorizer(urn)))
    body = examples.api(
        group, urn, auth_type="AUTHORIZER", authorizer_id=made.id, policy_functions=[examples.policy(urn)]
    )
    created = apig.create_api_v2(model.CreateApiV2Request(gateway.id, body))
    (row,) = json.loads(apig.list_apis_v2(model.ListApisV2Request(gateway.id)).raw_content)["apis"]
    details = apig.show_details_of_api_v2(model.ShowDetailsOfApiV2Request(gateway.id, created.id))
    assert not {"func_info", "policy_functions", "req_params"} & row.keys()
    assert details.func_info.function_urn == urn
    assert details.policy_functions[0].conditions[0].condition_value == "refreshInstance"


def test_a_change_is_served_only_after_publishing(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str, api_id: str
) -> None:
    assert cloud.served("saas_post") is None
    act(apig, gateway, api_id, "online")
    cloud.apis["saas_post"].body["remark"] = "by hand"
    changed = examples.api(group, urn, req_uri="/changed")
    apig.update_api_v2(model.UpdateApiV2Request(gateway.id, api_id, changed))
    served = cloud.served("saas_post")
    assert served is not None
    assert (served["req_uri"], served.get("remark")) == ("/saas_post", None)
    runtime = apig.list_api_runtime_definition_v2(model.ListApiRuntimeDefinitionV2Request(gateway.id, api_id))
    assert runtime.req_uri == "/saas_post"
    act(apig, gateway, api_id, "online")
    served = cloud.served("saas_post")
    assert served is not None
    assert served["req_uri"] == "/changed"


def test_a_published_api_cannot_be_deleted(
    cloud: FakeCloud, apig: Any, gateway: Gateway, api_id: str, refused: Refused
) -> None:
    act(apig, gateway, api_id, "online")
    with refused(400):
        apig.delete_api_v2(model.DeleteApiV2Request(gateway.id, api_id))
    act(apig, gateway, api_id, "offline")
    apig.delete_api_v2(model.DeleteApiV2Request(gateway.id, api_id))
    assert not cloud.apis


def test_many_apis_are_published_at_once_and_one_that_fails_hinders_none(
    cloud: FakeCloud, apig: Any, gateway: Gateway, api_id: str
) -> None:
    body = model.ApiBatchPublish(apis=[api_id, "unknown"], env_id=RELEASE)
    reply = apig.batch_publish_or_offline_api_v2(
        model.BatchPublishOrOfflineApiV2Request(gateway.id, action="online", body=body)
    )
    assert [one.api_id for one in reply.success] == [api_id]
    assert [one.api_id for one in reply.failure] == ["unknown"]
    assert cloud.served("saas_post") is not None


def test_an_update_is_the_whole_body(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str, api_id: str
) -> None:
    with_remark = examples.api(group, urn, remark="koogallery-bundle=prod")
    apig.update_api_v2(model.UpdateApiV2Request(gateway.id, api_id, with_remark))
    apig.update_api_v2(model.UpdateApiV2Request(gateway.id, api_id, examples.api(group, urn)))
    assert "remark" not in cloud.apis["saas_post"].body


def test_a_name_and_an_address_are_taken_once_in_a_group(
    apig: Any, gateway: Gateway, group: str, urn: str, api_id: str, refused: Refused
) -> None:
    with refused(400):
        apig.create_api_v2(model.CreateApiV2Request(gateway.id, examples.api(group, urn, req_uri="/other")))
    with refused(400):
        apig.create_api_v2(
            model.CreateApiV2Request(gateway.id, examples.api(group, urn, name="other", req_uri="/saas_post"))
        )


def _parameter_condition(urn: str) -> Any:
    policy = examples.policy(urn)
    policy.conditions[0].condition_origin = "param"
    policy.conditions[0].req_param_name = "activity"
    return policy


def _on(urn: str, **wrong: Any) -> Any:
    """A policy on the request's path that is proper but for ``wrong``."""
    policy = examples.policy(urn)
    policy.conditions[0].condition_origin, policy.conditions[0].sys_param_name = "system", "req_path"
    for name, value in wrong.items():
        setattr(policy if hasattr(policy, name) else policy.conditions[0], name, value)
    return policy


def test_a_policy_on_the_request_s_path_needs_no_authorizer(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str
) -> None:
    body = examples.api(group, urn, policy_functions=[_on(urn)])
    apig.create_api_v2(model.CreateApiV2Request(gateway.id, body))
    assert cloud.apis["saas_post"].body["policy_functions"][0]["conditions"][0]["condition_origin"] == "system"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda urn: {"req_method": "SEND"},
        lambda urn: {"type": 3},
        lambda urn: {"req_uri": "saas"},
        lambda urn: {"req_uri": "/" + "a" * 512},
        lambda urn: {"req_uri": "/{undeclared}"},
        lambda urn: {"remark": "a" * 256},
        lambda urn: {"group_id": "unknown"},
        lambda urn: {"auth_type": "AUTHORIZER"},
        lambda urn: {"auth_type": "AUTHORIZER", "authorizer_id": "unknown"},
        lambda urn: {"is_send_fg_body_base64": False},
        lambda urn: {"response_id": "unknown"},
        lambda urn: {"func_info": None},
        lambda urn: {"func_info": model.ApiFuncCreate(urn, None, "later", "V2", "latest", timeout=5000)},
        lambda urn: {"func_info": model.ApiFuncCreate(urn, None, "sync", "V2", timeout=5000)},
        lambda urn: {"func_info": model.ApiFuncCreate("new_instance", None, "sync", "V2", "latest", timeout=5000)},
        lambda urn: {"func_info": model.ApiFuncCreate(urn, None, "sync", "V2", "latest", timeout=60001)},
        lambda urn: {"func_info": None, "backend_type": "MOCK"},
        lambda urn: {"func_info": model.ApiFuncCreate(urn, None, "sync", "V2", "latest", "not-a-urn", 5000)},
        lambda urn: {"req_params": [model.ReqParamBase(name="1", type="STRING", location="QUERY")]},
        lambda urn: {"req_params": [model.ReqParamBase(name="a", type="BOOL", location="QUERY")]},
        lambda urn: {"req_params": [model.ReqParamBase(name="a", type="STRING", location="BODY")]},
        lambda urn: {"req_params": [model.ReqParamBase(name="a", type="STRING", location="QUERY")] * 51},
        lambda urn: {"policy_functions": [_on(urn), _on(urn)]},
        lambda urn: {"policy_functions": [_on(urn, conditions=[])]},
        lambda urn: {"policy_functions": [_on(urn, name="1st")]},
        lambda urn: {"policy_functions": [_on(urn, condition_origin="body")]},
        lambda urn: {"policy_functions": [_on(urn, condition_type="like")]},
        lambda urn: {"policy_functions": [_on(urn, sys_param_name="req_time")]},
        lambda urn: {"policy_functions": [_on(urn, condition_origin="cookie")]},
        lambda urn: {"policy_functions": [examples.policy(urn)]},
        lambda urn: {"policy_functions": [_parameter_condition(urn)]},
    ],
)
def test_a_wrong_api_is_refused(
    cloud: FakeCloud,
    apig: Any,
    gateway: Gateway,
    group: str,
    urn: str,
    refused: Refused,
    wrong: Callable[[str], dict[str, Any]],
) -> None:
    body = examples.api(group, urn)
    for name, value in wrong(urn).items():
        setattr(body, name, value)
    with refused(404 if "unknown" in str(wrong(urn)) or wrong(urn) == {"auth_type": "AUTHORIZER"} else 400):
        apig.create_api_v2(model.CreateApiV2Request(gateway.id, body))
    assert not cloud.apis


def test_a_long_timeout_needs_the_gateway_s_feature(apig: Any, gateway: Gateway, group: str, urn: str) -> None:
    toggle = model.FeatureToggle("backend_timeout", True, "90000")
    apig.create_feature_v2(model.CreateFeatureV2Request(gateway.id, toggle))
    slow = model.ApiFuncCreate(urn, None, "sync", "V2", "latest", timeout=80000)
    created = apig.create_api_v2(model.CreateApiV2Request(gateway.id, examples.api(group, urn, func_info=slow)))
    assert created.func_info.timeout == 80000


def test_apis_come_in_pages_of_twenty_unless_told(cloud: FakeCloud, apig: Any, gateway: Gateway, group: str) -> None:
    for number in range(25):
        cloud.add_api(f"api_{number}", group)
    first = apig.list_apis_v2(model.ListApisV2Request(gateway.id))
    rest = apig.list_apis_v2(model.ListApisV2Request(gateway.id, offset=20, limit=500))
    assert (first.size, first.total, rest.size) == (20, 25, 5)
    cloud.site.page_size = 3
    assert apig.list_apis_v2(model.ListApisV2Request(gateway.id, limit=500)).size == 3


def test_what_belongs_to_another_gateway_is_not_found(
    cloud: FakeCloud, apig: Any, group: str, api_id: str, refused: Refused
) -> None:
    other = cloud.add_gateway("other")
    with refused(404):
        apig.show_details_of_api_v2(model.ShowDetailsOfApiV2Request(other.id, api_id))
    with refused(404):
        apig.show_details_of_api_group_v2(model.ShowDetailsOfApiGroupV2Request(other.id, group))
    assert apig.list_apis_v2(model.ListApisV2Request(other.id)).total == 0
