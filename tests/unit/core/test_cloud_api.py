"""Calls of the cloud's own services: signed as the vendor's SDK signs them, refusals told from outages."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.algorithm import SigningAlgorithm

from koogallery.clock import FrozenClock
from koogallery.cloud_api import CloudApi, CloudRefused, CloudUnavailable
from koogallery.http import HttpInterrupted, HttpLimits, HttpResponse, HttpUnreachable
from tests.support.scripted_http import ScriptedHttp

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
LIMITS = HttpLimits(1, 1, 1)
KEYS = ("TEMPORARYKEY", "temporary-secret", "temporary-token")
ENDPOINT = "https://ces.cn-north-4.myhuaweicloud.com"
OK = HttpResponse(200, {}, b"{}")


def api(http: ScriptedHttp, endpoint: str = ENDPOINT) -> CloudApi:
    return CloudApi(endpoint, "project-1", KEYS, FrozenClock(AT), http)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/V1.0/{project_id}/metric-data", b'[{"value":1}]'),
        ("GET", "/v1/{project_id}/secrets/keys-1/versions/latest", b""),
    ],
)
def test_a_call_is_signed_as_the_sdk_signs_it(method: str, path: str, body: bytes) -> None:
    http = ScriptedHttp(OK)
    assert api(http).call(method, path, LIMITS, body) == b"{}"
    (sent,) = http.sent
    full = path.replace("{project_id}", "project-1")
    assert sent.url == ENDPOINT + full
    credentials = BasicCredentials(KEYS[0], KEYS[1], "project-1").with_security_token(KEYS[2])
    headers = {"Content-Type": "application/json", "Host": ENDPOINT[8:], "X-Sdk-Date": "20261121T100500Z"}
    expected = credentials.sign_request(
        SdkRequest(
            method=method,
            schema="https",
            host=ENDPOINT[8:],
            resource_path=full,
            query_params=[],
            header_params=headers,
            body=body,
            signing_algorithm=SigningAlgorithm.HMAC_SHA256,
        )
    )
    assert sent.headers == expected.header_params


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_service_that_asks_for_patience_is_unavailable(status: int) -> None:
    with pytest.raises(CloudUnavailable, match=f"status {status}"):
        api(ScriptedHttp(HttpResponse(status, {}, b"<html>"))).call("GET", "/v1", LIMITS)


@pytest.mark.parametrize("error", [HttpUnreachable("host", "dns"), HttpInterrupted("host", "timeout")])
def test_a_service_that_does_not_answer_is_unavailable(error: HttpUnreachable) -> None:
    with pytest.raises(CloudUnavailable, match="host: "):
        api(ScriptedHttp(error)).call("GET", "/v1", LIMITS)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"error_code":"CSM.0404","error_msg":"no secret called top-secret"}', "status 404 CSM.0404"),
        (b'{"code":"ces.0007","message":"x"}', "status 404 ces.0007"),
        (b'{"error_code":"something else"}', "status 404$"),
        (b'{"error_code":7}', "status 404$"),
        (b"[]", "status 404$"),
        (b"[" * 100_000, "status 404$"),
        (b"", "status 404$"),
    ],
)
def test_a_refusal_tells_status_and_code_and_nothing_else(body: bytes, shown: str) -> None:
    with pytest.raises(CloudRefused, match=shown) as caught:
        api(ScriptedHttp(HttpResponse(404, {}, body))).call("GET", "/v1", LIMITS)
    assert caught.value.status == 404
    assert "top-secret" not in str(caught.value)


def test_a_redirect_is_a_refusal() -> None:
    with pytest.raises(CloudRefused, match="status 302"):
        api(ScriptedHttp(HttpResponse(302, {}, b""))).call("GET", "/v1", LIMITS)


def test_a_function_without_an_agency_or_project_cannot_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNTIME_PROJECT_ID", raising=False)
    clock, http = FrozenClock(AT), ScriptedHttp(OK)
    with pytest.raises(CloudRefused, match="no agency"):
        CloudApi.of_function(ENDPOINT, SimpleNamespace(), clock, http)
    context = SimpleNamespace(
        getSecurityAccessKey=lambda: KEYS[0], getSecuritySecretKey=lambda: KEYS[1], getSecurityToken=lambda: KEYS[2]
    )
    with pytest.raises(CloudRefused, match="project"):
        CloudApi.of_function(ENDPOINT, context, clock, http)
    monkeypatch.setenv("RUNTIME_PROJECT_ID", "project-2")
    assert CloudApi.of_function(ENDPOINT, context, clock, http).project_id == "project-2"


def test_keys_that_cannot_sign_are_refused_and_never_shown() -> None:
    broken = CloudApi(ENDPOINT, "project-1", ("key", "secret key with blanks", "t"), FrozenClock(AT), ScriptedHttp(OK))
    with pytest.raises(CloudRefused) as caught:
        broken.call("GET", "/v1", LIMITS)
    assert "blanks" not in str(caught.value) + repr(broken)
