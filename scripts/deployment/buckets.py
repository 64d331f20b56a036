"""The archive's bucket through the S3 API, as OBS wants to be spoken to.

A bucket cannot be made and marked in one call. So that an apply cut off between the two knows its own bucket again,
the lock it holds says beforehand which bucket it is going to make; it says so only after it saw that there is none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from bundle_template.addresses import service_address
from bundle_template.naming import TAG
from deployment.cloud import Redactor
from deployment.errors import CloudError, NotFinished, NotFound, Rejected, Unavailable
from deployment.found import Found
from deployment.inputs import Credentials
from deployment.names import BUCKET, Names, read_mark
from deployment.resources import Bucket

RULE = "koogallery-expiration"
MAX_OBJECTS_AT_ONCE = 1000
_HTTP_ERROR, _HTTP_THROTTLED, _HTTP_MISSING = 500, 429, 404


def connect_buckets(credentials: Credentials, region: str, endpoints: Mapping[str, str]) -> Any:
    """A client of the object store: virtual addresses and no checksum trailers, which OBS refuses."""
    import boto3
    from botocore.config import Config

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 5},
        connect_timeout=10,
        read_timeout=60,
    )
    client = boto3.client(
        "s3",
        region_name=region,
        endpoint_url=endpoints.get("obs", service_address("obs", region)),
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.security_token,
        config=config,
    )
    for operation in ("PutBucketLifecycleConfiguration", "PutBucketTagging", "DeleteObjects"):
        client.meta.events.register(f"before-sign.s3.{operation}", _with_md5)
    return client


def _with_md5(request: Any, **_: Any) -> None:
    """OBS knows Content-MD5 only, where botocore sends a checksum of its own."""
    for name in [name for name in request.headers if name.lower().startswith(("x-amz-checksum", "x-amz-sdk-checksum"))]:
        del request.headers[name]
    digest = hashlib.md5(request.body or b"", usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()


class Buckets:
    """Bucket calls with our errors. ``observe`` hears of every call."""

    def __init__(
        self,
        client: Any,
        region: str,
        redact: Redactor | None = None,
        observe: Callable[[str, str], None] | None = None,
    ) -> None:
        self._client = client
        self._region = region
        self._redact = redact or Redactor()
        self._observe = observe

    def read(self, names: Names, name: str, found: Found) -> None:
        """The bucket, when it is there; one without the mark is somebody else's."""
        try:
            tags = {one["Key"]: one["Value"] for one in self._call("get_bucket_tagging", name)["TagSet"]}
        except NotFound as exc:
            if "NoSuchTagSet" not in exc.problem:
                return
            tags = {}
        except Rejected as exc:
            found.foreign[Bucket.kind, name] = f"bucket {name} ({exc.problem})"
            return
        begun = names.owns(found.lock) and read_mark(found.lock).get(BUCKET) == name
        if not tags and begun:
            found.add(Bucket(name, None, marked=False))
            return
        if tags.get(TAG) != names.stage:
            found.foreign[Bucket.kind, name] = f"bucket {name}: to hand it over, tag it {TAG}={names.stage}"
            return
        own = [rule for rule in self._rules(name) if rule.get("ID") == RULE and rule.get("Status") == "Enabled"]
        found.add(Bucket(name, own[0].get("Expiration", {}).get("Days") if own else None))

    def create(self, names: Names, name: str) -> None:
        """The bucket with its mark. Made again by its owner it stays as it is."""
        place = (
            {} if self._region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        )
        try:
            self._call("create_bucket", name, **place)
        except Rejected as exc:
            if "BucketAlreadyOwnedByYou" not in exc.problem:
                raise
        self._call("put_bucket_tagging", name, Tagging={"TagSet": [{"Key": TAG, "Value": names.stage}]})

    def expire(self, name: str, days: int | None) -> None:
        """Objects are removed after so many days, or never; rules of others stay."""
        rules = [rule for rule in self._rules(name) if rule.get("ID") != RULE]
        if days is not None:
            rules.append({"ID": RULE, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}})
        if rules:
            self._call("put_bucket_lifecycle_configuration", name, LifecycleConfiguration={"Rules": rules})
        else:
            self._call("delete_bucket_lifecycle", name)

    def delete(self, name: str, keep: Callable[[], None]) -> None:
        """The bucket with all its objects; ``keep`` is called before each thousand of them."""
        while objects := self._call("list_objects_v2", name, MaxKeys=MAX_OBJECTS_AT_ONCE).get("Contents"):
            keep()
            gone = [{"Key": one["Key"]} for one in objects]
            refused = self._call("delete_objects", name, Delete={"Objects": gone, "Quiet": True}).get("Errors")
            if refused:
                raise NotFinished(
                    f"bucket {name}: {len(refused)} objects cannot be deleted, such as {refused[0].get('Key')} "
                    f"({refused[0].get('Code')}); look into the OBS console, then run destroy again"
                )
        self._call("delete_bucket", name)

    def _rules(self, name: str) -> list[Any]:
        try:
            return list(self._call("get_bucket_lifecycle_configuration", name)["Rules"])
        except NotFound:
            return []

    def _call(self, operation: str, bucket: str, **parameters: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        if self._observe:
            self._observe("obs", operation)
        call = f"bucket {bucket} (obs {operation})"
        try:
            return getattr(self._client, operation)(Bucket=bucket, **parameters)
        except ClientError as exc:
            raise self._translated(call, exc) from None
        except BotoCoreError as exc:
            raise Unavailable(call, 0, f"{self._redact(str(exc))}; check the network and --endpoint") from None

    def _translated(self, call: str, exc: Any) -> CloudError:
        status = int(exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        error = exc.response.get("Error", {})
        problem = self._redact(f"{status} {error.get('Code')}: {error.get('Message')}")
        if status == _HTTP_MISSING:
            return NotFound(call, status, problem)
        if status >= _HTTP_ERROR or status == _HTTP_THROTTLED:
            return Unavailable(call, status, problem)
        return Rejected(call, status, problem)
