"""The few calls of an S3 client that a deployment makes, over a dictionary."""
# ruff: noqa: N803 - the names that botocore gives its parameters

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class MemoryBuckets:
    """The few calls of an S3 client, over a dictionary."""

    def __init__(self) -> None:
        self.buckets: dict[str, dict[str, Any]] = {}
        self.writes: list[str] = []

    def _wrote(self, operation: str) -> None:
        self.writes.append(operation)

    def get_bucket_tagging(self, Bucket: str) -> Any:
        tags = self._bucket(Bucket)["tags"]
        if not tags:
            raise _error(404, "NoSuchTagSet", "GetBucketTagging")
        return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def put_bucket_tagging(self, Bucket: str, Tagging: Any) -> None:
        self._bucket(Bucket)["tags"] = {tag["Key"]: tag["Value"] for tag in Tagging["TagSet"]}
        self._wrote("put_bucket_tagging")

    def create_bucket(self, Bucket: str, CreateBucketConfiguration: Any) -> None:
        if Bucket in self.buckets:
            raise _error(409, "BucketAlreadyOwnedByYou", "CreateBucket")
        self.buckets[Bucket] = {"tags": {}, "rules": [], "objects": set()}
        self._wrote("create_bucket")

    def get_bucket_lifecycle_configuration(self, Bucket: str) -> Any:
        rules = self._bucket(Bucket)["rules"]
        if not rules:
            raise _error(404, "NoSuchLifecycleConfiguration", "GetBucketLifecycleConfiguration")
        return {"Rules": rules}

    def put_bucket_lifecycle_configuration(self, Bucket: str, LifecycleConfiguration: Any) -> None:
        self._bucket(Bucket)["rules"] = LifecycleConfiguration["Rules"]
        self._wrote("put_bucket_lifecycle_configuration")

    def delete_bucket_lifecycle(self, Bucket: str) -> None:
        self._bucket(Bucket)["rules"] = []
        self._wrote("delete_bucket_lifecycle")

    def list_objects_v2(self, Bucket: str, MaxKeys: int) -> Any:
        keys = sorted(self._bucket(Bucket)["objects"])[:MaxKeys]
        return {"Contents": [{"Key": key} for key in keys]} if keys else {}

    def delete_objects(self, Bucket: str, Delete: Any) -> Any:
        bucket, wanted = self._bucket(Bucket), {one["Key"] for one in Delete["Objects"]}
        locked = wanted & bucket.get("locked", set())
        bucket["objects"] -= wanted - locked
        self._wrote("delete_objects")
        return {"Errors": [{"Key": key, "Code": "AccessDenied"} for key in sorted(locked)]} if locked else {}

    def delete_bucket(self, Bucket: str) -> None:
        self._bucket(Bucket)
        del self.buckets[Bucket]
        self._wrote("delete_bucket")

    def _bucket(self, name: str) -> dict[str, Any]:
        if name not in self.buckets:
            raise _error(404, "NoSuchBucket", "HeadBucket")
        return self.buckets[name]


def _error(status: int, code: str, operation: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}, operation)
