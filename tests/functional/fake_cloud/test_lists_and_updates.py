"""Operations that show or change one thing: their replies are what the SDK's clients read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import huaweicloudsdkapig.v2 as apig_model
import huaweicloudsdkces.v1 as ces1_model
import huaweicloudsdkces.v2 as ces_model
import huaweicloudsdkcsms.v1 as csms_model
import huaweicloudsdkfunctiongraph.v2 as model
import huaweicloudsdklts.v2 as lts_model
import pytest
import urllib3
from huaweicloudsdkcore.exceptions.exceptions import ServerResponseException

from tests.fake_cloud import FakeCloud, examples
from tests.fake_cloud.examples import create_alias, create_dependency, create_timer
from tests.fake_cloud.state import Domain, Gateway, Group

Refused = Callable[[int], Any]


@pytest.fixture
def gateway(cloud: FakeCloud) -> Gateway:
    """A gateway of the account, in a VPC."""
    return cloud.add_gateway(details={"vpc_id": "vpc-1"})


@pytest.fixture
def group(cloud: FakeCloud, apig: Any, gateway: Gateway) -> Group:
    """A group of the gateway."""
    request = apig_model.CreateApiGroupV2Request(gateway.id, apig_model.ApiGroupCreate("group"))
    return cloud.state.groups[apig.create_api_group_v2(request).id]


def test_a_gateway_says_where_it_is(apig: Any, gateway: Gateway) -> None:
    shown = apig.show_details_of_instance_v2(apig_model.ShowDetailsOfInstanceV2Request(gateway.id))
    assert (shown.instance_name, shown.vpc_id) == ("gateway", "vpc-1")


def test_a_group_is_renamed(apig: Any, gateway: Gateway, group: Group, refused: Refused) -> None:
    def rename(name: str) -> Any:
        body = apig_model.ApiGroupBase(name=name, remark="koogallery-bundle=prod")
        return apig.update_api_group_v2(apig_model.UpdateApiGroupV2Request(gateway.id, group.id, body))

    assert (rename("other").name, group.remark) == ("other", "koogallery-bundle=prod")
    with refused(400):
        rename("-other")


def test_groups_and_environments_are_limited_and_kept_while_in_use(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: Group, refused: Refused
) -> None:
    gateway.quotas["APIGROUP_NUM_LIMIT"] = 1
    with refused(400):
        apig.create_api_group_v2(apig_model.CreateApiGroupV2Request(gateway.id, apig_model.ApiGroupCreate("second")))
    gateway.quotas["API_NUM_LIMIT"] = 1
    urn = cloud.add_function("new_instance").urn
    api = apig.create_api_v2(apig_model.CreateApiV2Request(gateway.id, examples.api(group.id, urn))).id
    with refused(400):
        apig.create_api_v2(apig_model.CreateApiV2Request(gateway.id, examples.api(group.id, urn, name="second")))
    env = apig.create_environment_v2(
        apig_model.CreateEnvironmentV2Request(gateway.id, apig_model.EnvCreate("TESTS"))
    ).id
    body = apig_model.ApiBatchPublish(group_id=group.id, env_id=env)
    apig.batch_publish_or_offline_api_v2(
        apig_model.BatchPublishOrOfflineApiV2Request(gateway.id, action="online", body=body)
    )
    in_tests = apig.list_apis_v2(apig_model.ListApisV2Request(gateway.id, env_id=env))
    assert [one.id for one in in_tests.apis] == [api]
    with refused(400):
        apig.delete_environment_v2(apig_model.DeleteEnvironmentV2Request(gateway.id, env))
    with refused(404):
        apig.delete_environment_v2(apig_model.DeleteEnvironmentV2Request(gateway.id, "unknown"))
    with refused(404):
        apig.list_api_runtime_definition_v2(apig_model.ListApiRuntimeDefinitionV2Request(gateway.id, api))


@pytest.mark.parametrize(
    ("action", "members"),
    [("publish", {"env_id": "DEFAULT_ENVIRONMENT_RELEASE_ID", "apis": ["a"]}), ("online", {"env_id": "any"})],
)
def test_a_wrong_publication_is_refused(
    apig: Any, gateway: Gateway, refused: Refused, action: str, members: dict[str, Any]
) -> None:
    request = apig_model.BatchPublishOrOfflineApiV2Request(
        gateway.id, action=action, body=apig_model.ApiBatchPublish(**members)
    )
    with refused(404 if members["env_id"] == "any" else 400):
        apig.batch_publish_or_offline_api_v2(request)


def test_apis_are_found_by_what_they_are(cloud: FakeCloud, apig: Any, gateway: Gateway, group: Group) -> None:
    cloud.add_api("saas_get", group.id, tags=["mine"])
    cloud.add_api("saas_get_2", group.id, req_method="POST")
    searches: list[tuple[dict[str, Any], list[str]]] = [
        ({"name": "saas"}, ["saas_get", "saas_get_2"]),
        ({"name": "saas_get", "precise_search": "name"}, ["saas_get"]),
        ({"req_method": "POST"}, ["saas_get_2"]),
        ({"tags": "mine,other"}, ["saas_get"]),
        ({"group_id": "unknown"}, []),
    ]
    for search, expected in searches:
        listed = apig.list_apis_v2(apig_model.ListApisV2Request(gateway.id, **search)).apis
        assert [one.name for one in listed] == expected


def test_an_authorizer_is_found_by_a_part_of_its_name(apig: Any, gateway: Gateway) -> None:
    body = examples.authorizer("urn:fss:cn-north-4:p:function:default:route_activity")
    apig.create_custom_authorizer_v2(apig_model.CreateCustomAuthorizerV2Request(gateway.id, body))
    found = apig.list_custom_authorizers_v2(apig_model.ListCustomAuthorizersV2Request(gateway.id, name="activity"))
    assert [one.need_body for one in found.authorizer_list] == [True]


def test_a_gateway_response_is_shown_renamed_and_deleted(apig: Any, gateway: Gateway, group: Group) -> None:
    body = apig_model.ResponsesCreate("first")
    made = apig.create_gateway_response_v2(apig_model.CreateGatewayResponseV2Request(gateway.id, group.id, body))
    apig.update_gateway_response_v2(
        apig_model.UpdateGatewayResponseV2Request(gateway.id, group.id, made.id, apig_model.ResponsesCreate("second"))
    )
    shown = apig.show_details_of_gateway_response_v2(
        apig_model.ShowDetailsOfGatewayResponseV2Request(gateway.id, group.id, made.id)
    )
    assert shown.name == "second"
    apig.delete_gateway_response_v2(apig_model.DeleteGatewayResponseV2Request(gateway.id, group.id, made.id))
    assert not group.responses


def test_certificates_are_put_on_domains_and_taken_off_from_both_sides(
    cloud: FakeCloud, apig: Any, gateway: Gateway, group: Group, refused: Refused
) -> None:
    domain = Domain("d" * 32, "api.example.test", {"min_ssl_version": "TLSv1.2"}, cname_status=1)
    group.domains[domain.id] = domain
    id_ = cloud.add_certificate("api.example.test").id
    place = (gateway.id, group.id, domain.id)

    def carried() -> list[str]:
        attached = apig.list_attached_domains_v2(apig_model.ListAttachedDomainsV2Request(id_)).bound_domains
        return [one.url_domain for one in attached]

    certificates = apig_model.AttachOrDetachCertsReqBody([id_])
    domains = apig_model.AttachOrDetachDomainsReqBody([apig_model.AttachOrDetachDomainInfo("api.example.test")])
    apig.batch_associate_certs_v2(apig_model.BatchAssociateCertsV2Request(*place, body=certificates))
    assert carried() == ["api.example.test"]
    apig.batch_disassociate_certs_v2(apig_model.BatchDisassociateCertsV2Request(*place, body=certificates))
    assert carried() == []
    apig.batch_associate_domains_v2(apig_model.BatchAssociateDomainsV2Request(id_, domains))
    assert carried() == ["api.example.test"]
    apig.batch_disassociate_domains_v2(apig_model.BatchDisassociateDomainsV2Request(id_, domains))
    assert carried() == []
    apig.batch_associate_domains_v2(apig_model.BatchAssociateDomainsV2Request(id_, domains))
    apig.disassociate_certificate_v2(apig_model.DisassociateCertificateV2Request(*place, id_))
    assert carried() == []
    with refused(404):
        apig.disassociate_certificate_v2(apig_model.DisassociateCertificateV2Request(*place, id_))
    update = apig_model.UrlDomainModify(min_ssl_version="TLSv1.1", is_http_redirect_to_https=True)
    shown = apig.update_domain_v2(apig_model.UpdateDomainV2Request(*place, body=update))
    assert (shown.status, shown.min_ssl_version, shown.is_http_redirect_to_https) == (1, "TLSv1.1", True)


def test_single_things_of_a_function_are_shown(functiongraph: Any, urn: str, refused: Refused) -> None:
    functiongraph.create_version_alias(create_alias(urn, "latest"))
    trigger = functiongraph.create_function_trigger(create_timer(urn)).trigger_id
    alias = functiongraph.show_version_alias(model.ShowVersionAliasRequest(urn, "live"))
    shown = functiongraph.show_function_trigger(model.ShowFunctionTriggerRequest(urn, "TIMER", trigger))
    assert (alias.version, shown.event_data.name) == ("latest", "every_minute")
    with refused(404):
        functiongraph.show_version_alias(model.ShowVersionAliasRequest(urn, "none"))
    with refused(404):
        functiongraph.show_function_trigger(model.ShowFunctionTriggerRequest(urn, "LTS", trigger))


def test_a_dependency_version_is_shown(functiongraph: Any, refused: Refused) -> None:
    made = functiongraph.create_dependency_version(create_dependency())
    shown = functiongraph.show_dependency_version(model.ShowDependencyVersionRequest(made.dep_id, "1"))
    assert (shown.id, shown.etag) == (made.id, made.etag)
    with refused(404):
        functiongraph.show_dependency_version(model.ShowDependencyVersionRequest(made.dep_id, "2"))
    with refused(404):
        functiongraph.list_dependency_version(model.ListDependencyVersionRequest("unknown"))


@pytest.mark.parametrize(
    "wrong", [{"depend_type": "obs"}, {"name": "core_"}, {"runtime": "Perl"}, {"description": "x" * 513}]
)
def test_a_wrong_dependency_package_is_refused(functiongraph: Any, refused: Refused, wrong: dict[str, Any]) -> None:
    request = create_dependency()
    for name, value in wrong.items():
        setattr(request.body, name, value)
    with refused(400):
        functiongraph.create_dependency_version(request)


@pytest.mark.parametrize("urn", ["new_instance", "urn:fss:cn-north-4:p:function:default"])
def test_what_is_no_urn_is_refused(functiongraph: Any, refused: Refused, urn: str) -> None:
    with refused(400):
        functiongraph.show_function_config(model.ShowFunctionConfigRequest(urn))


def test_a_function_of_another_region_is_not_found(functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(404):
        functiongraph.show_function_config(model.ShowFunctionConfigRequest(urn.replace("cn-north-4", "cn-south-1")))


def test_statistics_are_what_the_test_put_there(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    cloud.functions["new_instance"].statistics = {"count": [{"timestamp": 1000, "value": 3.0}]}
    shown = functiongraph.list_function_statistics(model.ListFunctionStatisticsRequest(urn, "60"))
    assert [(one.timestamp, one.value) for one in shown.count] == [(1000, 3.0)]


def test_settings_and_tags_of_a_secret_change(cloud: FakeCloud, refused: Refused) -> None:
    csms = cloud.client("csms")
    create = csms_model.CreateSecretRequestBody(name="key", secret_binary="eA==")
    id_ = csms.create_secret(csms_model.CreateSecretRequest(create)).secret.id
    body = csms_model.UpdateSecretRequestBody(description="koogallery-bundle=prod")
    csms.update_secret(csms_model.UpdateSecretRequest("key", body))
    assert csms.show_secret(csms_model.ShowSecretRequest("key")).secret.description == "koogallery-bundle=prod"
    shown = csms.show_secret_version(csms_model.ShowSecretVersionRequest("key", "latest"))
    assert shown.version.secret_binary == "eA=="
    tag = csms_model.TagItem(key="koogallery-bundle", value="prod")
    csms.create_secret_tag(csms_model.CreateSecretTagRequest(id_, csms_model.CreateSecretTagRequestBody(tag)))
    assert cloud.state.secrets["key"].tags == {"koogallery-bundle": "prod"}
    csms.delete_secret_tag(csms_model.DeleteSecretTagRequest(id_, "koogallery-bundle"))
    assert not cloud.state.secrets["key"].tags
    with refused(404):
        csms.delete_secret_tag(csms_model.DeleteSecretTagRequest(id_, "koogallery-bundle"))
    with refused(409):
        csms.create_secret(csms_model.CreateSecretRequest(create))
    with refused(404):
        csms.show_secret_version(csms_model.ShowSecretVersionRequest("key", "v9"))


def test_days_of_a_log_stream_change(cloud: FakeCloud, refused: Refused) -> None:
    lts = cloud.client("lts")
    group = lts.create_log_group(lts_model.CreateLogGroupRequest(body=lts_model.CreateLogGroupParams("logs", 7)))
    body = lts_model.CreateLogStreamParams(log_stream_name="stream")
    stream = lts.create_log_stream(lts_model.CreateLogStreamRequest(group.log_group_id, body))
    place = (group.log_group_id, stream.log_stream_id)
    lts.update_log_stream(
        lts_model.UpdateLogStreamRequest(*place, body=lts_model.UpdateLogStreamParams(ttl_in_days=30))
    )
    (row,) = lts.list_log_stream(lts_model.ListLogStreamRequest(group.log_group_id)).log_streams
    assert row.ttl_in_days == 30
    with refused(409):
        lts.create_log_group(lts_model.CreateLogGroupRequest(body=lts_model.CreateLogGroupParams("logs", 7)))
    with refused(404):
        lts.delete_log_stream(lts_model.DeleteLogStreamRequest(group.log_group_id, "unknown"))
    with refused(404):
        lts.list_log_stream(lts_model.ListLogStreamRequest("unknown"))


def test_many_metrics_are_read_at_once(cloud: FakeCloud) -> None:
    dimension = {"name": "package-functionname", "value": "default-push_usage"}
    metric = {"namespace": "SYS.FunctionGraph", "metric_name": "count", "dimensions": [dimension]}
    cloud.state.metric_data.append({"metric": metric, "collect_time": 1000, "value": 3, "ttl": 3600})
    wanted = ces1_model.MetricInfo("SYS.FunctionGraph", "count", [ces1_model.MetricsDimension(**dimension)])
    body = ces1_model.BatchListMetricDataRequestBody([wanted], period="300", filter="sum", _from=0, to=2000)
    shown = cloud.client("ces", version=1).batch_list_metric_data(ces1_model.BatchListMetricDataRequest(body))
    assert [(one.metric_name, one.datapoints[0].sum) for one in shown.metrics] == [("count", 3)]


def test_alarm_rules_have_a_quota(cloud: FakeCloud, refused: Refused) -> None:
    quotas = cloud.client("ces", version=1).show_quotas(ces1_model.ShowQuotasRequest()).quotas.resources
    assert [(one.type, one.quota, one.used) for one in quotas] == [("alarm", 1000, 0)]
    with refused(404):
        cloud.client("ces").list_alarm_rule_policies(ces_model.ListAlarmRulePoliciesRequest("unknown"))


def _ask_for_a_broken_function() -> None:
    with FakeCloud() as cloud:
        cloud.add_function("broken", memory_size="many")
        with pytest.raises(ServerResponseException):
            cloud.client("functiongraph").list_functions(model.ListFunctionsRequest())


def test_a_mistake_of_the_fake_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="list_functions"):
        _ask_for_a_broken_function()


def test_what_is_not_json_is_refused(cloud: FakeCloud, functiongraph: Any, refused: Refused) -> None:
    path = f"/v2/{cloud.site.project_id}/fgs/functions"
    reply = urllib3.request("POST", f"{cloud.endpoint}{path}", body=b"{", retries=False)
    assert reply.status == 401
    with refused(400):
        functiongraph.call_api(
            "/v2/{project_id}/fgs/functions", "POST", body="{", response_type="CreateFunctionResponse"
        )
