"""What the SDK's clients bring back from the control planes, and what they make of refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from doctor.control_plane import FunctionSeen, GatewayLimits, Quota
from doctor.errors import NotReached, ProbeFailed, Refused
from doctor.s3_objects import S3Objects, service_of
from doctor.sdk_control_plane import SdkControlPlane
from doctor.subject import Credentials
from koogallery.adapters.s3_archive import Service
from koogallery.adapters.urls import open_archive
from tests.fake_cloud import FakeCloud
from tests.support.deployed import CLOUD_SETTINGS, subject
from tests.support.stores import ACCESS_KEY, KEYS, REGION, SECRET_KEY

STORE = Credentials(ACCESS_KEY, SECRET_KEY, None, "p")


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    """An empty account."""
    with FakeCloud() as found:
        yield found


def control(cloud: FakeCloud, secret_key: str | None = None) -> SdkControlPlane:
    """The control plane with the account's key, or a wrong one."""
    site = cloud.site
    credentials = Credentials(site.access_key, secret_key or site.secret_key, site.security_token, site.project_id)
    endpoints = dict.fromkeys(("functiongraph", "apig", "lts", "ces", "csms"), cloud.endpoint)
    return SdkControlPlane(credentials, site.region, endpoints)


def test_functions_of_one_copy_are_found_over_all_pages(cloud: FakeCloud) -> None:
    for name in ("koogallery_prod_a", "foreign", "koogallery_prod_b", "koogallery_trial_a", "koogallery_prod_c"):
        cloud.add_function(name, xrole="config", app_xrole="run")
    cloud.site.page_size = 2
    found = control(cloud).functions("koogallery_prod_")
    assert sorted(one.name for one in found) == [f"koogallery_prod_{letter}" for letter in "abc"]
    urn = cloud.site.function_urn("default", "koogallery_prod_a")
    assert FunctionSeen("koogallery_prod_a", urn, "Python3.10", "config", "run", in_vpc=False) in found


def test_quotas_are_read(cloud: FakeCloud) -> None:
    cloud.add_function("foreign")
    assert control(cloud).quotas()["fgs_func_num"] == Quota(400, 1)


def test_a_gateway_tells_its_state_quotas_and_features(cloud: FakeCloud) -> None:
    gateway = cloud.add_gateway("gw", quotas={"API_POLICY_NUM_LIMIT": 7, "API_NUM_LIMIT": 250})
    plane = control(cloud)
    seen = plane.gateway(gateway.id)
    assert seen is not None
    assert (seen.name, seen.status, seen.public_address) == ("gw", "Running", "203.0.113.10")
    assert plane.gateway_limits(gateway.id) == GatewayLimits(7, 250, None)
    assert "backend_timeout" in plane.gateway_features(gateway.id)
    assert plane.gateway("0" * 32) is None


def test_a_group_is_found_by_its_exact_name(cloud: FakeCloud) -> None:
    gateway = cloud.add_gateway("gw")
    client = cloud.client("apig")
    for name in ("koogallery_prod2", "koogallery_prod"):
        client.create_api_group_v2(_request("CreateApiGroupV2Request", gateway.id, body=_group(name)))
    found = control(cloud).group(gateway.id, "koogallery_prod")
    assert found is not None
    assert (found.domains, found.debug_domain_open) == ((), True)
    assert control(cloud).group(gateway.id, "koogallery_pro") is None


def _request(kind: str, instance_id: str, **members: Any) -> Any:
    from huaweicloudsdkapig import v2

    return getattr(v2, kind)(instance_id=instance_id, **members)


def _group(name: str) -> Any:
    from huaweicloudsdkapig import v2

    return v2.ApiGroupCreate(name=name)


def test_a_functions_reply_is_read_and_its_failure_told(cloud: FakeCloud) -> None:
    urn = cloud.add_function("koogallery_prod_prepare_state").urn
    cloud.site.invoke = lambda name, qualifier, event: {"table": "ready"}
    assert control(cloud).invoke(urn) == {"table": "ready"}

    def fails(name: str, qualifier: str, event: object) -> object:
        raise RuntimeError("boom")

    cloud.site.invoke = fails
    with pytest.raises(ProbeFailed):
        control(cloud).invoke(urn)


def test_a_wrong_key_is_a_refusal_about_rights(cloud: FakeCloud) -> None:
    with pytest.raises(Refused) as refused:
        control(cloud, "wrong-secret-key").functions("koogallery_prod_")
    assert refused.value.is_about_rights
    assert "wrong-secret-key" not in str(refused.value)


def test_a_broken_service_is_a_refusal_that_is_not(cloud: FakeCloud) -> None:
    cloud.faults.fail_before = {1}
    with pytest.raises(Refused) as refused:
        control(cloud).quotas()
    assert not refused.value.is_about_rights


def test_a_service_that_nobody_answers_is_not_reached(cloud: FakeCloud) -> None:
    cloud.faults.cut_after = 1
    with pytest.raises(NotReached):
        control(cloud).quotas()


# ---------------------------------------------------------------------------------------------------------- the archive
def test_objects_below_a_prefix_are_listed(s3rver_archive_url: str) -> None:
    archive = open_archive(s3rver_archive_url, credentials=lambda: KEYS)
    archive.put("dead-letters/1.json", b"{}")
    archive.put("batches/1.json", b"{}")
    objects = _objects(s3rver_archive_url)
    assert objects.list("dead-letters/", 10) == ["dead-letters/1.json"]
    assert objects.list("nothing/", 10) == []


def test_a_missing_bucket_is_told_from_an_empty_one(s3rver_archive_url: str) -> None:
    objects = _objects(s3rver_archive_url, bucket="archive-that-nobody-made")
    assert objects.list("", 1) is None


def test_a_store_that_nobody_answers_is_not_reached() -> None:
    objects = S3Objects(Service("http://127.0.0.1:9", REGION, "path"), "bucket", STORE)
    with pytest.raises(NotReached):
        objects.list("", 1)


def _objects(url: str, bucket: str = "") -> S3Objects:
    about = subject(settings={**CLOUD_SETTINGS, "ARCHIVE_URL": url})
    return S3Objects(service_of(about, REGION, {}), bucket or url.partition("://")[2].partition("?")[0], STORE)


@pytest.mark.parametrize(
    ("url", "endpoints", "wanted"),
    [
        ("", {}, Service("https://obs.cn-north-4.myhuaweicloud.com", REGION)),
        ("s3://b?endpoint=https://obs.example.com&region=eu-1", {}, Service("https://obs.example.com", "eu-1")),
        ("", {"obs": "https://private.example.com"}, Service("https://private.example.com", REGION)),
    ],
)
def test_the_store_is_where_option_setting_or_region_say(url: str, endpoints: dict[str, str], wanted: Service) -> None:
    assert service_of(subject(settings={"ARCHIVE_URL": url}), REGION, endpoints) == wanted
