"""APIG's authorizers, and policy backends that depend on them, as the SDK's client meets them."""

from __future__ import annotations

from typing import Any

import huaweicloudsdkapig.v2 as model
import pytest

from tests.fake_cloud import FakeCloud, examples
from tests.fake_cloud.state import Gateway
from tests.functional.fake_cloud.apig.actions import Refused, act


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
