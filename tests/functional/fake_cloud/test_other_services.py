"""The rules of CSMS, LTS and CES, and of APIG's domains and certificates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import huaweicloudsdkapig.v2 as apig_model
import huaweicloudsdkces.v1 as ces1_model
import huaweicloudsdkces.v2 as ces_model
import huaweicloudsdkcsms.v1 as csms_model
import huaweicloudsdklts.v2 as lts_model
import pytest

from tests.fake_cloud import FakeCloud
from tests.fake_cloud.examples import self_signed
from tests.fake_cloud.state import Gateway

Refused = Callable[[int], Any]


@pytest.fixture
def csms(cloud: FakeCloud) -> Any:
    """The SDK's client."""
    return cloud.client("csms")


@pytest.fixture
def lts(cloud: FakeCloud) -> Any:
    """The SDK's client."""
    return cloud.client("lts")


@pytest.fixture
def ces(cloud: FakeCloud) -> Any:
    """The SDK's client."""
    return cloud.client("ces")


def secret(name: str = "webhook", value: str = "made-up-secret") -> Any:
    """CreateSecretRequest."""
    return csms_model.CreateSecretRequest(csms_model.CreateSecretRequestBody(name=name, secret_string=value))


def value(csms: Any, version: str, name: str = "webhook") -> str:
    """The value of a version."""
    shown = csms.show_secret_version(csms_model.ShowSecretVersionRequest(name, version))
    return str(shown.version.secret_string)


def test_a_secret_comes_back_by_its_version_only(cloud: FakeCloud, csms: Any) -> None:
    made = csms.create_secret(secret())
    listed = csms.list_secrets(csms_model.ListSecretsRequest())
    shown = csms.show_secret(csms_model.ShowSecretRequest("webhook"))
    assert not any(b"made-up-secret" in reply.raw_content for reply in (made, listed, shown))
    assert value(csms, "latest") == "made-up-secret"
    assert cloud.calls[0].body["secret_string"] == "<secret>"


def test_a_new_version_is_the_current_one_and_the_last_the_previous(csms: Any) -> None:
    csms.create_secret(secret())
    body = csms_model.CreateSecretVersionRequestBody(secret_string="rotated")
    csms.create_secret_version(csms_model.CreateSecretVersionRequest("webhook", body))
    versions = csms.list_secret_versions(csms_model.ListSecretVersionsRequest("webhook")).version_metadatas
    assert [one.version_stages for one in versions] == [["SYSPREVIOUS"], ["SYSCURRENT"]]
    assert (value(csms, "v1"), value(csms, "latest")) == ("made-up-secret", "rotated")


def test_a_secret_that_waits_for_its_deletion_cannot_be_read(csms: Any, refused: Refused) -> None:
    csms.create_secret(secret())
    body = csms_model.DeleteSecretForScheduleRequestBody(7)
    csms.delete_secret_for_schedule(csms_model.DeleteSecretForScheduleRequest("webhook", body))
    with refused(409):
        value(csms, "latest")
    csms.restore_secret(csms_model.RestoreSecretRequest("webhook"))
    assert value(csms, "latest") == "made-up-secret"
    csms.delete_secret(csms_model.DeleteSecretRequest("webhook"))
    with refused(404):
        value(csms, "latest")


@pytest.mark.parametrize(
    "members",
    [
        {"name": "a b", "secret_string": "x"},
        {"name": "a"},
        {"name": "a", "secret_string": "x", "secret_binary": "eA=="},
        {"name": "a", "secret_string": "x" * 32769},
    ],
)
def test_a_wrong_secret_is_refused(csms: Any, refused: Refused, members: dict[str, Any]) -> None:
    with refused(400):
        csms.create_secret(csms_model.CreateSecretRequest(csms_model.CreateSecretRequestBody(**members)))


def test_secrets_come_in_pages_and_carry_tags(csms: Any) -> None:
    ids = [csms.create_secret(secret(name)).secret.id for name in ("c", "a", "b")]
    first = csms.list_secrets(csms_model.ListSecretsRequest(limit="2"))
    second = csms.list_secrets(csms_model.ListSecretsRequest(limit="2", marker=first.page_info.next_marker))
    assert [one.name for one in first.secrets + second.secrets] == ["a", "b", "c"]
    assert second.page_info.next_marker is None
    tags = [csms_model.TagItem(key="koogallery-bundle", value="prod")]
    body = csms_model.BatchCreateOrDeleteTagsRequestBody(tags=tags, action="create")
    csms.batch_create_or_delete_tags(csms_model.BatchCreateOrDeleteTagsRequest(ids[0], body))
    assert [one.value for one in csms.list_secret_tags(csms_model.ListSecretTagsRequest(ids[0])).tags] == ["prod"]


def test_log_groups_hold_streams(cloud: FakeCloud, lts: Any, refused: Refused) -> None:
    tag = lts_model.TagsBody("koogallery-bundle", "prod")
    group = lts.create_log_group(lts_model.CreateLogGroupRequest(body=lts_model.CreateLogGroupParams("logs", 7, [tag])))
    body = lts_model.CreateLogStreamParams(log_stream_name="push_usage")
    lts.create_log_stream(lts_model.CreateLogStreamRequest(group.log_group_id, body))
    with refused(409):
        lts.create_log_stream(lts_model.CreateLogStreamRequest(group.log_group_id, body))
    lts.update_log_group(
        lts_model.UpdateLogGroupRequest(group.log_group_id, lts_model.UpdateLogGroupParams(ttl_in_days=30))
    )
    (row,) = lts.list_log_groups(lts_model.ListLogGroupsRequest()).log_groups
    (stream,) = lts.list_log_stream(lts_model.ListLogStreamRequest(group.log_group_id)).log_streams
    by_name = lts.list_log_streams(lts_model.ListLogStreamsRequest(log_group_name="logs", log_stream_name="push_usage"))
    assert (row.log_group_name, row.ttl_in_days, row.tag) == ("logs", 30, {"koogallery-bundle": "prod"})
    assert (stream.log_stream_name, stream.ttl_in_days) == ("push_usage", 7)
    assert [one.log_group_id for one in by_name.log_streams] == [group.log_group_id]
    lts.delete_log_stream(lts_model.DeleteLogStreamRequest(group.log_group_id, stream.log_stream_id))
    assert not cloud.state.log_groups[group.log_group_id].streams


@pytest.mark.parametrize(("name", "days"), [("logs", 0), ("logs", 366), ("a b", 7), ("", 7)])
def test_a_wrong_log_group_is_refused(lts: Any, refused: Refused, name: str, days: int) -> None:
    with refused(400):
        lts.create_log_group(lts_model.CreateLogGroupRequest(body=lts_model.CreateLogGroupParams(name, days)))


def alarm(name: str = "push_usage_fails", **members: Any) -> Any:
    """CreateAlarmRulesRequest."""
    policy = ces_model.AlarmRulePolicy(
        metric_name="failcount", period=300, filter="sum", comparison_operator=">=", value=1, count=1, level=2
    )
    settings: dict[str, Any] = {
        "namespace": "SYS.FunctionGraph",
        "resources": [[ces_model.Dimension("package-functionname", "default-push_usage")]],
        "policies": [policy],
        "type": "MULTI_INSTANCE",
        "enabled": True,
        "notification_enabled": False,
    }
    return ces_model.CreateAlarmRulesRequest(ces_model.PostAlarmsReqV2(name=name, **{**settings, **members}))


def test_alarm_rules_come_ten_at_a_time_with_their_policies(cloud: FakeCloud, ces: Any, refused: Refused) -> None:
    for number in range(12):
        ces.create_alarm_rules(alarm(f"alarm_{number}", tags=[ces_model.ResourceTag("koogallery-bundle", "prod")]))
    first = ces.list_alarm_rules(ces_model.ListAlarmRulesRequest())
    rest = ces.list_alarm_rules(ces_model.ListAlarmRulesRequest(offset=10, limit=100))
    assert (len(first.alarms), first.count, len(rest.alarms)) == (10, 12, 2)
    row = first.alarms[0]
    assert (row.name, row.type, row.tags[0].value) == ("alarm_0", "MULTI_INSTANCE", "prod")
    assert row.policies[0].metric_name == "failcount"
    with refused(400):
        ces.list_alarm_rules(ces_model.ListAlarmRulesRequest(limit=101))


def test_alarm_rules_are_changed_switched_and_deleted(cloud: FakeCloud, ces: Any) -> None:
    id_ = ces.create_alarm_rules(alarm()).alarm_id
    policy = ces_model.UpdatePolicyReq(
        metric_name="failcount", period=3600, filter="sum", comparison_operator=">", value=2, count=3
    )
    ces.update_alarm_rule_policies(
        ces_model.UpdateAlarmRulePoliciesRequest(id_, ces_model.UpdateAlarmRulePoliciesReqBodyV2([policy]))
    )
    topic = ces_model.Notification("notification", ["urn:smn:cn-north-4:p:alarms"])
    ces.update_alarm_notifications(
        ces_model.UpdateAlarmNotificationsRequest(id_, ces_model.PutAlarmNotificationReq(True, [topic]))
    )
    ces.batch_enable_alarm_rules(
        ces_model.BatchEnableAlarmRulesRequest(ces_model.BatchEnableAlarmsRequestBody([id_], False))
    )
    (row,) = ces.list_alarm_rules(ces_model.ListAlarmRulesRequest(name="push")).alarms
    (policy,) = ces.list_alarm_rule_policies(ces_model.ListAlarmRulePoliciesRequest(id_)).policies
    (resource,) = ces.list_alarm_rule_resources(ces_model.ListAlarmRuleResourcesRequest(id_)).resources
    assert (row.enabled, row.notification_enabled, row.policies[0].count) == (False, True, 3)
    assert (policy.period, resource[0].value) == (3600, "default-push_usage")
    deleted = ces.batch_delete_alarm_rules(
        ces_model.BatchDeleteAlarmRulesRequest(ces_model.BatchDeleteAlarmsRequestBody([id_, "unknown"]))
    )
    assert deleted.alarm_ids == [id_]
    assert not cloud.state.alarms


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b"},
        {"namespace": "FunctionGraph"},
        {"policies": []},
        {"notification_enabled": True},
        {"type": "SOME_INSTANCES"},
        {"description": "x" * 257},
        {"resources": [[ces_model.Dimension("package-functionname")]]},
    ],
)
def test_a_wrong_alarm_rule_is_refused(ces: Any, refused: Refused, wrong: dict[str, Any]) -> None:
    with refused(400):
        ces.create_alarm_rules(alarm(**wrong))


@pytest.mark.parametrize("wrong", [{"period": 7}, {"count": 6}, {"filter": "median"}, {"comparison_operator": "=>"}])
def test_a_wrong_policy_of_an_alarm_is_refused(ces: Any, refused: Refused, wrong: dict[str, Any]) -> None:
    request = alarm()
    for name, entry in wrong.items():
        setattr(request.body.policies[0], name, entry)
    with refused(400):
        ces.create_alarm_rules(request)


def test_datapoints_of_the_own_namespace_are_found_again(cloud: FakeCloud, refused: Refused) -> None:
    ces = cloud.client("ces", version=1)

    def point(namespace: str) -> Any:
        metric = ces1_model.MetricInfo(namespace, "dead_letters", [ces1_model.MetricsDimension("stage", "prod")])
        body = ces1_model.CreateMetricDataRequestBody(metric=metric, ttl=3600, collect_time=1000, value=3)
        return ces1_model.CreateMetricDataRequest([body])

    ces.create_metric_data(point("KOOGALLERY.Bundle"))
    shown = ces.show_metric_data(
        ces1_model.ShowMetricDataRequest(
            namespace="KOOGALLERY.Bundle",
            metric_name="dead_letters",
            dim_0="stage,prod",
            filter="max",
            period=1,
            _from=0,
            to=2000,
        )
    )
    assert [(one.timestamp, one.max) for one in shown.datapoints] == [(1000, 3)]
    with refused(400):
        ces.create_metric_data(point("SYS.FunctionGraph"))


@pytest.fixture
def gateway(cloud: FakeCloud) -> Gateway:
    """A gateway of the account."""
    return cloud.add_gateway()


def test_a_domain_of_a_group_carries_a_certificate(
    cloud: FakeCloud, apig: Any, gateway: Gateway, refused: Refused
) -> None:
    create = apig_model.CreateApiGroupV2Request(gateway.id, apig_model.ApiGroupCreate("group"))
    group = apig.create_api_group_v2(create).id
    bound = apig_model.UrlDomainCreate(min_ssl_version="TLSv1.2", url_domain="api.example.test")
    domain = apig.associate_domain_v2(apig_model.AssociateDomainV2Request(gateway.id, group, bound))
    with refused(400):
        apig.associate_domain_v2(apig_model.AssociateDomainV2Request(gateway.id, group, bound))
    content, key = self_signed("api.example.test")
    form = apig_model.CertForm(content, "certificate", key)
    made = apig.associate_certificate_v2(apig_model.AssociateCertificateV2Request(gateway.id, group, domain.id, form))
    shown = apig.show_details_of_certificate_v2(apig_model.ShowDetailsOfCertificateV2Request(made.ssl_id))
    row = apig.show_details_of_api_group_v2(apig_model.ShowDetailsOfApiGroupV2Request(gateway.id, group))
    assert (shown.common_name, shown.san) == ("api.example.test", ["api.example.test"])
    assert b"PRIVATE KEY" not in shown.raw_content
    assert [(one.domain, one.ssl_id, one.min_ssl_version) for one in row.url_domains] == [
        ("api.example.test", made.ssl_id, "TLSv1.2")
    ]
    with refused(400):
        apig.delete_certificate_v2(apig_model.DeleteCertificateV2Request(made.ssl_id))
    apig.disassociate_domain_v2(apig_model.DisassociateDomainV2Request(gateway.id, group, domain.id))
    apig.delete_certificate_v2(apig_model.DeleteCertificateV2Request(made.ssl_id))
    assert not cloud.state.certificates


def test_a_certificate_is_renewed_in_its_place(cloud: FakeCloud, apig: Any, gateway: Gateway, refused: Refused) -> None:
    def form(content: str, key: str) -> Any:
        return apig_model.CertificateForm(name="certificate", cert_content=content, private_key=key)

    first, second = self_signed("api.example.test"), self_signed("api.example.test")
    made = apig.create_certificate_v2(apig_model.CreateCertificateV2Request(form(*first)))
    apig.update_certificate_v2(apig_model.UpdateCertificateV2Request(made.id, form(*second)))
    assert cloud.state.certificates[made.id].cert_content == second[0]
    listed = apig.list_certificates_v2(apig_model.ListCertificatesV2Request(instance_id=gateway.id))
    assert [one.name for one in listed.certs] == ["certificate"]
    for wrong in (form(first[0], second[1]), form("no certificate", first[1])):
        with refused(400):
            apig.update_certificate_v2(apig_model.UpdateCertificateV2Request(made.id, wrong))


@pytest.mark.parametrize(
    "members", [{"url_domain": "no domain"}, {}, {"url_domain": "a.test", "min_ssl_version": "SSL"}]
)
def test_a_wrong_domain_is_refused(apig: Any, gateway: Gateway, refused: Refused, members: dict[str, Any]) -> None:
    create = apig_model.CreateApiGroupV2Request(gateway.id, apig_model.ApiGroupCreate("group"))
    group = apig.create_api_group_v2(create).id
    with refused(400):
        apig.associate_domain_v2(
            apig_model.AssociateDomainV2Request(gateway.id, group, apig_model.UrlDomainCreate(**members))
        )
