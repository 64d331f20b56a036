"""APIG's rules, as the SDK's client meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import huaweicloudsdkapig.v2 as model
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.fake_cloud import RELEASE, FakeCloud, examples
from tests.fake_cloud.state import Gateway

Refused = Callable[[int], Any]


@pytest.fixture
def gateway(cloud: FakeCloud) -> Gateway:
    """A gateway of the account."""
    return cloud.add_gateway("gateway")


@pytest.fixture
def group(apig: Any, gateway: Gateway) -> str:
    """The id of a group."""
    request = model.CreateApiGroupV2Request(gateway.id, model.ApiGroupCreate("koogallery_prod"))
    return str(apig.create_api_group_v2(request).id)


@pytest.fixture
def urn(cloud: FakeCloud) -> str:
    """The URN of a function."""
    return cloud.add_function("new_instance").urn


@pytest.fixture
def api_id(apig: Any, gateway: Gateway, group: str, urn: str) -> str:
    """The id of an API that is not published."""
    return str(apig.create_api_v2(model.CreateApiV2Request(gateway.id, examples.api(group, urn))).id)


def act(apig: Any, gateway: Gateway, api_id: str, action: str) -> None:
    """Publish an API or take it off."""
    body = model.ApiActionInfo(action=action, env_id=RELEASE, api_id=api_id)
    apig.create_or_delete_publish_record_for_api_v2(model.CreateOrDeletePublishRecordForApiV2Request(gateway.id, body))


def test_a_gateway_shows_itself_its_features_and_quotas(apig: Any, gateway: Gateway) -> None:
    (row,) = apig.list_instances_v2(model.ListInstancesV2Request()).instances
    features = apig.list_instance_features(model.ListInstanceFeaturesRequest(gateway.id)).features
    quotas = apig.list_project_cofigs_v2(model.ListProjectCofigsV2Request(gateway.id)).configs
    assert (row.id, row.instance_name, row.status) == (gateway.id, "gateway", "Running")
    assert "backend_timeout" in features
    assert {one.config_name: one.config_value for one in quotas}["API_POLICY_NUM_LIMIT"] == "5"


def test_a_feature_is_switched_on_once_and_for_all(apig: Any, gateway: Gateway, refused: Refused) -> None:
    for config in ("1", "2"):
        toggle = model.FeatureToggle("backend_timeout", True, config)
        apig.create_feature_v2(model.CreateFeatureV2Request(gateway.id, toggle))
    (feature,) = apig.list_features_v2(model.ListFeaturesV2Request(gateway.id)).features
    assert (feature.name, feature.enable, feature.config) == ("backend_timeout", True, "2")
    with refused(400):
        apig.create_feature_v2(model.CreateFeatureV2Request(gateway.id, model.FeatureToggle("unknown", True)))


def test_release_is_always_there_and_other_environments_can_be_made(
    apig: Any, gateway: Gateway, refused: Refused
) -> None:
    made = apig.create_environment_v2(model.CreateEnvironmentV2Request(gateway.id, model.EnvCreate("TESTS")))
    listed = apig.list_environments_v2(model.ListEnvironmentsV2Request(gateway.id)).envs
    assert [(one.id, one.name) for one in listed] == [(RELEASE, "RELEASE"), (made.id, "TESTS")]
    with refused(400):
        apig.create_environment_v2(model.CreateEnvironmentV2Request(gateway.id, model.EnvCreate("RELEASE")))
    apig.delete_environment_v2(model.DeleteEnvironmentV2Request(gateway.id, made.id))
    assert apig.list_environments_v2(model.ListEnvironmentsV2Request(gateway.id)).total == 1


def test_a_group_has_a_debug_domain_that_can_be_shut(cloud: FakeCloud, apig: Any, gateway: Gateway, group: str) -> None:
    body = model.SlDomainAccessSetting(sl_domain_access_enabled=False)
    apig.update_sl_domain_setting_v2(model.UpdateSlDomainSettingV2Request(gateway.id, group, body))
    shown = apig.show_details_of_api_group_v2(model.ShowDetailsOfApiGroupV2Request(gateway.id, group))
    assert shown.sl_domain.startswith(group)
    assert shown.sl_domain_access_enabled is False


def test_a_group_name_is_taken_once(apig: Any, gateway: Gateway, group: str) -> None:
    with pytest.raises(ClientRequestException) as raised:
        apig.create_api_group_v2(model.CreateApiGroupV2Request(gateway.id, model.ApiGroupCreate("koogallery_prod")))
    assert (raised.value.status_code, raised.value.error_code) == (400, "APIG.3201")


def test_a_group_is_found_by_its_whole_name_only_when_asked_so(apig: Any, gateway: Gateway, group: str) -> None:
    apig.create_api_group_v2(model.CreateApiGroupV2Request(gateway.id, model.ApiGroupCreate("koogallery_prod_2")))
    by_part = model.ListApiGroupsV2Request(gateway.id, name="koogallery_prod")
    exactly = model.ListApiGroupsV2Request(gateway.id, name="koogallery_prod", precise_search="name")
    assert apig.list_api_groups_v2(by_part).total == 2
    assert [one.id for one in apig.list_api_groups_v2(exactly).groups] == [group]


def test_a_group_with_apis_cannot_be_deleted(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, api_id: str, refused: Refused
) -> None:
    with refused(400):
        apig.delete_api_group_v2(model.DeleteApiGroupV2Request(gateway.id, group))
    apig.delete_api_v2(model.DeleteApiV2Request(gateway.id, api_id))
    apig.delete_api_group_v2(model.DeleteApiGroupV2Request(gateway.id, group))
    assert not cloud.state.groups


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


def test_a_condition_on_the_authorizer_names_what_it_found(
    apig: Any, gateway: Gateway, group: str, urn: str, refused: Refused
) -> None:
    made = apig.create_custom_authorizer_v2(model.CreateCustomAuthorizerV2Request(gateway.id, examples.authorizer(urn)))
    policy = examples.policy(urn)
    policy.conditions[0].frontend_authorizer_param_name = "activity"
    body = examples.api(group, urn, auth_type="AUTHORIZER", authorizer_id=made.id, policy_functions=[policy])
    with refused(400):
        apig.create_api_v2(model.CreateApiV2Request(gateway.id, body))


def _routed(group: str, urn: str, name: str, policies: int) -> Any:
    condition = model.ApiConditionBase(
        condition_origin="param", req_param_name="activity", condition_type="exact", condition_value="x"
    )
    backends = [examples.policy(urn, f"policy_{number}") for number in range(policies)]
    for backend in backends:
        backend.conditions = [condition]
    parameter = model.ReqParamBase(name="activity", type="STRING", location="QUERY")
    return examples.api(group, urn, name=name, req_params=[parameter], policy_functions=backends)


def test_an_api_takes_five_policy_backends(apig: Any, gateway: Gateway, group: str, urn: str, refused: Refused) -> None:
    apig.create_api_v2(model.CreateApiV2Request(gateway.id, _routed(group, urn, "five", 5)))
    with refused(400):
        apig.create_api_v2(model.CreateApiV2Request(gateway.id, _routed(group, urn, "six", 6)))


def test_the_quota_of_policy_backends_can_count_for_the_whole_gateway(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str, refused: Refused
) -> None:
    gateway.policy_quota = 5
    cloud.add_group(cloud.add_gateway("other"), "elsewhere")
    cloud.add_api("elsewhere", cloud.groups["elsewhere"].id, policy_functions=[{}] * 5)
    made = apig.create_api_v2(model.CreateApiV2Request(gateway.id, _routed(group, urn, "first", 3)))
    with refused(400):
        apig.create_api_v2(model.CreateApiV2Request(gateway.id, _routed(group, urn, "second", 3)))
    apig.update_api_v2(model.UpdateApiV2Request(gateway.id, made.id, _routed(group, urn, "first", 5)))


def test_apis_come_in_pages_of_twenty_unless_told(cloud: FakeCloud, apig: Any, gateway: Gateway, group: str) -> None:
    for number in range(25):
        cloud.add_api(f"api_{number}", group)
    first = apig.list_apis_v2(model.ListApisV2Request(gateway.id))
    rest = apig.list_apis_v2(model.ListApisV2Request(gateway.id, offset=20, limit=500))
    assert (first.size, first.total, rest.size) == (20, 25, 5)
    cloud.site.page_size = 3
    assert apig.list_apis_v2(model.ListApisV2Request(gateway.id, limit=500)).size == 3


def test_an_authorizer_in_use_cannot_be_deleted(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str, refused: Refused
) -> None:
    made = apig.create_custom_authorizer_v2(model.CreateCustomAuthorizerV2Request(gateway.id, examples.authorizer(urn)))
    routed = examples.api(group, urn, auth_type="AUTHORIZER", authorizer_id=made.id)
    api_id = apig.create_api_v2(model.CreateApiV2Request(gateway.id, routed)).id
    act(apig, gateway, api_id, "online")
    apig.update_api_v2(model.UpdateApiV2Request(gateway.id, api_id, examples.api(group, urn)))
    with refused(400):
        apig.delete_custom_authorizer_v2(model.DeleteCustomAuthorizerV2Request(gateway.id, made.id))
    act(apig, gateway, api_id, "online")
    apig.delete_custom_authorizer_v2(model.DeleteCustomAuthorizerV2Request(gateway.id, made.id))
    assert not cloud.state.authorizers


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a"},
        {"type": "MIDDLE"},
        {"authorizer_type": "LAMBDA"},
        {"authorizer_uri": "route_activity"},
        {"authorizer_version": None},
        {"ttl": 3601},
        {"ttl": 60},
        {"network_type": "V3"},
    ],
)
def test_a_wrong_authorizer_is_refused(
    apig: Any, gateway: Gateway, urn: str, refused: Refused, wrong: dict[str, Any]
) -> None:
    with refused(400):
        apig.create_custom_authorizer_v2(
            model.CreateCustomAuthorizerV2Request(gateway.id, examples.authorizer(urn, **wrong))
        )


def test_an_authorizer_is_updated_as_a_whole_but_keeps_its_type(
    cloud: FakeCloud, apig: Any, gateway: Gateway, urn: str, refused: Refused
) -> None:
    made = apig.create_custom_authorizer_v2(model.CreateCustomAuthorizerV2Request(gateway.id, examples.authorizer(urn)))
    with_alias = examples.authorizer(urn, authorizer_version=None, authorizer_alias_uri=f"{urn}:!live")
    apig.update_custom_authorizer_v2(model.UpdateCustomAuthorizerV2Request(gateway.id, made.id, with_alias))
    shown = apig.show_details_of_custom_authorizers_v2(
        model.ShowDetailsOfCustomAuthorizersV2Request(gateway.id, made.id)
    )
    assert (shown.authorizer_alias_uri, shown.authorizer_version) == (f"{urn}:!live", None)
    with refused(400):
        apig.update_custom_authorizer_v2(
            model.UpdateCustomAuthorizerV2Request(gateway.id, made.id, examples.authorizer(urn, type="BACKEND"))
        )


def test_answers_of_a_group_replace_the_gateway_s_own(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: str, urn: str, refused: Refused
) -> None:
    def body(kind: str) -> Any:
        return model.ResponsesCreate("marketplace", {kind: model.ResponseInfo(200, '{"resultCode":"000005"}')})

    made = apig.create_gateway_response_v2(
        model.CreateGatewayResponseV2Request(gateway.id, group, body("AUTHORIZER_FAILURE"))
    )
    apig.create_api_v2(model.CreateApiV2Request(gateway.id, examples.api(group, urn, response_id=made.id)))
    listed = apig.list_gateway_responses_v2(model.ListGatewayResponsesV2Request(gateway.id, group)).responses
    assert [one.responses["AUTHORIZER_FAILURE"].status for one in listed] == [200]
    with refused(400):
        apig.update_gateway_response_v2(
            model.UpdateGatewayResponseV2Request(gateway.id, group, made.id, body("NO_SUCH_FAILURE"))
        )
    with refused(400):
        apig.delete_gateway_response_v2(model.DeleteGatewayResponseV2Request(gateway.id, group, made.id))


def test_what_belongs_to_another_gateway_is_not_found(
    cloud: FakeCloud, apig: Any, group: str, api_id: str, refused: Refused
) -> None:
    other = cloud.add_gateway("other")
    with refused(404):
        apig.show_details_of_api_v2(model.ShowDetailsOfApiV2Request(other.id, api_id))
    with refused(404):
        apig.show_details_of_api_group_v2(model.ShowDetailsOfApiGroupV2Request(other.id, group))
    assert apig.list_apis_v2(model.ListApisV2Request(other.id)).total == 0
