"""APIG's gateways and groups, as the SDK's client meets them: features, environments, names, their own answers."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkapig.v2 as model
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.fake_cloud import RELEASE, FakeCloud, examples
from tests.fake_cloud.state import Gateway
from tests.functional.fake_cloud.apig.actions import Refused


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
