"""The archive bucket through S3's API, with the credentials of the person who deploys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from bundle_template.addresses import service_address
from doctor.errors import NotReached, Refused
from doctor.subject import Credentials, Subject
from koogallery.adapters.s3_archive import Service, s3_client
from koogallery.adapters.urls import ADDRESSINGS


class S3Objects:
    """Lists names in one bucket."""

    def __init__(self, service: Service, bucket: str, credentials: Credentials) -> None:
        keys = (credentials.access_key, credentials.secret_key, credentials.security_token)
        self._client: Any = s3_client(service, keys)
        self._bucket = bucket

    def list(self, prefix: str, limit: int) -> Sequence[str] | None:
        """Names of at most ``limit`` objects below a prefix; None when there is no such bucket."""
        try:
            reply = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, MaxKeys=limit)
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code == "NoSuchBucket":
                return None
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            raise Refused(f"answered {status} {code}", status, code) from error
        except BotoCoreError as error:
            raise NotReached(f"could not be reached: {type(error).__name__}") from error
        return [str(one["Key"]) for one in reply.get("Contents", [])]


def service_of(subject: Subject, region: str, endpoints: Mapping[str, str]) -> Service:
    """Where the bucket is: ``--endpoint obs=URL``, else what ARCHIVE_URL says, else the region's OBS."""
    parts = urlsplit(subject.settings.get("ARCHIVE_URL", ""))
    options = dict(parse_qsl(parts.query)) if parts.scheme == "s3" else {}
    endpoint = endpoints.get("obs") or options.get("endpoint") or service_address("obs", region)
    addressing = ADDRESSINGS.get(options.get("addressing", ""), "virtual")
    return Service(endpoint, options.get("region", region), addressing)
