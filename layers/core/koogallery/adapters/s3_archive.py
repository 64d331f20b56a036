"""An archive in a bucket behind S3's API, as Huawei Cloud OBS understands it.

OBS refuses path-style addresses and boto3's default checksum trailers, and is reported to ignore conditions on a
PUT: addresses are virtual, checksums are sent when an operation demands them, and nothing is ever conditional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import (
    ConnectionError as NotConnectedError,
)
from botocore.parsers import ResponseParserError

from koogallery.adapters.archive_names import ArchiveMisconfigured, check_name
from koogallery.archive import Archive, ArchiveUnavailable
from koogallery.errors import KoogalleryError

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_SECONDS = 1.0
READ_SECONDS = 3.0
TRIES = 2
"""An object may be put again: the second time writes the same."""
WARM_CLIENTS = 4
THROTTLED = {"SlowDown", "Throttling", "RequestLimitExceeded", "TooManyRequests"}

Keys = tuple[str, str, str | None]
"""Access key, secret key, security token (None for lasting keys)."""


@dataclass(frozen=True)
class Service:
    """An object store. ``addressing`` is ``virtual``, or ``path`` for local servers without wildcard names."""

    endpoint: str
    region: str
    addressing: Literal["virtual", "path"] = "virtual"


class S3Archive(Archive):
    """The archive port over a bucket. ``keys`` is asked at every call: an agency's keys change within the day."""

    def __init__(self, service: Service, bucket: str, keys: Callable[[], Keys | None]) -> None:
        self._service = service
        self._bucket = bucket
        self._keys = keys

    def put(self, name: str, content: bytes) -> None:
        """Store or overwrite."""
        self._call("put_object", name, Body=content)

    def get(self, name: str) -> bytes | None:
        """The content, or None."""
        try:
            content: bytes = self._call("get_object", name)
        except _NoSuchObject:
            return None
        return content

    def _call(self, operation: str, name: str, **parameters: object) -> bytes:
        check_name(name)
        keys = self._keys()
        if keys is None:
            raise ArchiveMisconfigured("there are no keys for the archive; has the function an agency?")
        with _port_errors(operation):
            client = s3_client(self._service, keys)
            call: Callable[..., Any] = getattr(client, operation)
            reply = call(Bucket=self._bucket, Key=name, **parameters)
            return bytes(reply["Body"].read()) if "Body" in reply else b""


class _NoSuchObject(Exception):
    """The bucket has no object of that name."""


@lru_cache(maxsize=WARM_CLIENTS)
def s3_client(service: Service, keys: Keys) -> BaseClient:
    """A client, kept while the keys stay the same: making one takes longer than a put."""
    access_key, secret_key, token = keys
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": service.addressing},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
    )
    return botocore.session.get_session().create_client(
        "s3",
        region_name=service.region,
        endpoint_url=service.endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        config=config,
    )


@contextmanager
def _port_errors(operation: str) -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        raise _error_of_reply(operation, exc) from exc
    except (NotConnectedError, HTTPClientError, IncompleteReadError, ResponseParserError) as exc:
        raise ArchiveUnavailable(f"{operation}: {type(exc).__name__}") from exc
    except BotoCoreError as exc:
        raise ArchiveMisconfigured(f"{operation}: {type(exc).__name__}") from exc


def _error_of_reply(operation: str, exc: ClientError) -> KoogalleryError | _NoSuchObject:
    code = str(exc.response["Error"]["Code"])
    status = exc.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "NoSuchKey":
        return _NoSuchObject()
    if code in THROTTLED or status in (408, 429) or status >= 500:
        return ArchiveUnavailable(f"{operation}: {code}")
    return ArchiveMisconfigured(f"{operation}: {code}")
