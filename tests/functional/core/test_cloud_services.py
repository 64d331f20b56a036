"""CSMS and Cloud Eye over HTTP: real calls of functions against an account that checks signature, token and form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import huaweicloudsdkcsms.v1 as csms
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from functions.publish_metrics.index import handler as publish_metrics
from koogallery import secret_references
from koogallery.clock import FrozenClock
from koogallery.errors import SettingsError
from koogallery.secret_references import FRESH_SECONDS, SecretUnavailable
from koogallery.settings import Settings, from_context
from tests.fake_cloud import FakeCloud, Site
from tests.support.world import AT
from tests.unit.core.test_log_events import entry, event
from tests.unit.core.test_metrics import callback

TOKEN = "temporary-token"


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    secret_references._kept.clear()
    with FakeCloud(Site(security_token=TOKEN)) as cloud:
        yield cloud
    secret_references._kept.clear()


class Function:
    """The context of a function with an agency in this account."""

    def __init__(self, cloud: FakeCloud, **settings: str) -> None:
        self.clock = FrozenClock(AT)
        self.getUserData = settings.get
        self.getSecurityAccessKey = lambda: cloud.site.access_key
        self.getSecuritySecretKey = lambda: cloud.site.secret_key
        self.getSecurityToken = lambda: TOKEN
        self.getProjectID = lambda: cloud.site.project_id
        self.getFunctionName = lambda: "koogallery_prod_publish_metrics"

    def settings(self) -> Settings:
        """What every call does first."""
        return Settings.load(from_context(self))


def put(cloud: FakeCloud, name: str, value: str) -> None:
    """The seller's own call."""
    credentials = BasicCredentials(cloud.site.access_key, cloud.site.secret_key, cloud.site.project_id)
    builder = csms.CsmsClient.new_builder().with_credentials(credentials.with_security_token(TOKEN))
    client: Any = builder.with_endpoint(cloud.endpoint).build()
    if name in cloud.state.secrets:
        body = csms.CreateSecretVersionRequestBody(secret_string=value)
        client.create_secret_version(csms.CreateSecretVersionRequest(name, body))
    else:
        client.create_secret(csms.CreateSecretRequest(csms.CreateSecretRequestBody(name, secret_string=value)))


def test_a_setting_stands_in_csms_and_a_new_version_is_used_without_a_deployment(cloud: FakeCloud) -> None:
    put(cloud, "api-keys", "first-key")
    function = Function(cloud, CSMS_ENDPOINT=cloud.endpoint, SELLER_API_KEYS="csms:api-keys")
    assert function.settings().seller_api_keys == "first-key"
    put(cloud, "api-keys", "second-key,first-key")
    assert function.settings().seller_api_keys == "first-key"
    function.clock.advance(FRESH_SECONDS)
    assert function.settings().seller_api_keys == "second-key,first-key"


def test_a_secret_that_is_not_there_is_an_error_of_its_setting(cloud: FakeCloud) -> None:
    function = Function(cloud, CSMS_ENDPOINT=cloud.endpoint, SELLER_API_KEYS="csms:nobody")
    with pytest.raises(SettingsError, match=r"SELLER_API_KEYS refers to a secret that cannot be read: .*status 404"):
        function.settings()


def test_a_service_that_is_gone_may_come_back(cloud: FakeCloud) -> None:
    function = Function(cloud, CSMS_ENDPOINT="http://127.0.0.1:9", SELLER_API_KEYS="csms:api-keys")
    with pytest.raises(SecretUnavailable, match="refused"):
        function.settings()


def test_metrics_arrive_under_the_dimension_that_alarms_name(cloud: FakeCloud) -> None:
    told = event([entry(json.dumps(callback("000005", 3100), separators=(",", ":")))])
    function = Function(cloud, CES_ENDPOINT=cloud.endpoint)
    assert publish_metrics(told, function) == {"lines": 1, "points": 2}
    assert {one["metric"]["metric_name"]: one["value"] for one in cloud.state.metric_data} == {
        "callback_errors": 1,
        "callback_slowest_milliseconds": 3100,
    }
    dimensions = [one["metric"]["dimensions"] for one in cloud.state.metric_data]
    assert dimensions == [[{"name": "bundle", "value": "koogallery_prod"}]] * 2
