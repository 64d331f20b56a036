"""What the S3 adapter sends, as OBS wants it, and what it makes of failures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from koogallery.adapters.archive_names import ArchiveMisconfigured
from koogallery.adapters.s3_archive import TRIES, Keys, S3Archive, Service, s3_client
from koogallery.archive import ArchiveUnavailable
from koogallery.errors import KoogalleryError
from tests.support.scripted_replies import Reply, ScriptedReplies, Stage, header

ENDPOINT = "https://obs.cn-north-4.myhuaweicloud.com"
SERVICE = Service(ENDPOINT, "cn-north-4")
BUCKET = "seller-archive"
KEYS: Keys = ("AK1", "SK1", "TOKEN1")
OTHER_KEYS: Keys = ("AK2", "SK2", "TOKEN2")


def error(code: str) -> bytes:
    """An error document of S3's API."""
    return f"<Error><Code>{code}</Code><Message>key AK1</Message></Error>".encode()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Puts a script in place of the network, under either of the two key sets."""
    stage = Stage()
    stage.script = ScriptedReplies((200, b""))
    clients = [s3_client(SERVICE, keys) for keys in (KEYS, OTHER_KEYS)]
    for client in clients:
        client.meta.events.register("before-send.s3", stage.hook)
    yield stage
    for client in clients:
        client.meta.events.unregister("before-send.s3", stage.hook)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's pauses between tries take no time."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


def test_the_bucket_is_part_of_the_host_name(stage: Stage) -> None:
    """OBS refuses path-style addresses (403 VirtualHostDomainRequired)."""
    S3Archive(SERVICE, BUCKET, lambda: KEYS).put("usage/batch.json", b"{}")
    (request,) = stage.script.requests
    assert request.url == "https://seller-archive.obs.cn-north-4.myhuaweicloud.com/usage/batch.json"


def test_no_checksum_trailer_and_no_condition_is_sent(stage: Stage) -> None:
    """OBS answers boto3's default checksum trailer with XAmzContentSHA256Mismatch."""
    archive = S3Archive(SERVICE, BUCKET, lambda: KEYS)
    archive.put("object", b"content")
    archive.get("object")
    for request in stage.script.requests:
        names = {name.lower() for name in request.headers}
        assert not {name for name in names if "checksum" in name or "trailer" in name or name.startswith("if-")}
        assert "aws-chunked" not in header(request, "Content-Encoding")


def test_requests_are_signed_with_version_4_and_the_security_token(stage: Stage) -> None:
    S3Archive(SERVICE, BUCKET, lambda: KEYS).put("object", b"content")
    (request,) = stage.script.requests
    assert header(request, "Authorization").startswith("AWS4-HMAC-SHA256 Credential=AK1/")
    assert header(request, "X-Amz-Security-Token") == "TOKEN1"


def test_changed_agency_keys_are_used_from_the_next_call_on(stage: Stage) -> None:
    keys = [KEYS, OTHER_KEYS]
    archive = S3Archive(SERVICE, BUCKET, lambda: keys.pop(0))
    archive.put("object", b"")
    archive.put("object", b"")
    tokens = [header(request, "X-Amz-Security-Token") for request in stage.script.requests]
    assert tokens == ["TOKEN1", "TOKEN2"]


def test_a_function_without_an_agency_is_a_wrong_setting(stage: Stage) -> None:
    with pytest.raises(ArchiveMisconfigured):
        S3Archive(SERVICE, BUCKET, lambda: None).put("object", b"")
    assert stage.script.requests == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((500, error("InternalError")), ArchiveUnavailable),
        ((503, error("SlowDown")), ArchiveUnavailable),
        ((400, error("RequestLimitExceeded")), ArchiveUnavailable),
        ((429, error("Whatever")), ArchiveUnavailable),
        ((503, b""), ArchiveUnavailable),
        (EndpointConnectionError(endpoint_url=ENDPOINT), ArchiveUnavailable),
        (ConnectTimeoutError(endpoint_url=ENDPOINT), ArchiveUnavailable),
        (ReadTimeoutError(endpoint_url=ENDPOINT), ArchiveUnavailable),
        ((404, error("NoSuchBucket")), ArchiveMisconfigured),
        ((403, error("AccessDenied")), ArchiveMisconfigured),
        ((403, error("VirtualHostDomainRequired")), ArchiveMisconfigured),
    ],
)
def test_failures_are_unavailable_or_misconfigured(stage: Stage, reply: Reply, expected: type[KoogalleryError]) -> None:
    archive = S3Archive(SERVICE, BUCKET, lambda: KEYS)
    stage.script = ScriptedReplies(reply)
    with pytest.raises(expected) as raised:
        archive.put("object", b"")
    assert "AK1" not in str(raised.value)
    with pytest.raises(expected):
        archive.get("object")
    assert len(stage.script.requests) <= 2 * TRIES


def test_a_missing_object_is_none_but_a_missing_bucket_is_not(stage: Stage) -> None:
    archive = S3Archive(SERVICE, BUCKET, lambda: KEYS)
    stage.script = ScriptedReplies((404, error("NoSuchKey")))
    assert archive.get("object") is None
    stage.script = ScriptedReplies((404, error("NoSuchBucket")))
    with pytest.raises(ArchiveMisconfigured):
        archive.get("object")


def test_a_client_option_that_botocore_refuses_is_a_wrong_setting() -> None:
    with pytest.raises(ArchiveMisconfigured):
        S3Archive(Service(ENDPOINT, "not a region"), BUCKET, lambda: KEYS).put("object", b"")
