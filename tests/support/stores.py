"""Opens states and archives on the servers that stand in for the cloud's stores."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from koogallery.adapters.s3_archive import Keys, Service, s3_client
from koogallery.adapters.urls import open_archive, open_state
from koogallery.archive import Archive
from koogallery.clock import Clock
from koogallery.state import State

REGION = "cn-north-4"
ACCESS_KEY = "S3RVER"
SECRET_KEY = "S3RVER"
"""The only keys that s3rver knows; the other servers take any."""
KEYS: Keys = (ACCESS_KEY, SECRET_KEY, None)


def new_table_url(endpoint: str) -> str:
    """Address of a table that does not exist yet; the first use makes it."""
    return f"dynamodb://state_{uuid4().hex[:16]}?endpoint={endpoint}&region={REGION}"


def open_table(url: str, *, clock: Clock | None = None) -> State:
    """The state behind an address with the keys that the servers take."""
    return open_state(url, access_key=ACCESS_KEY, secret_key=SECRET_KEY, clock=clock)


def new_bucket_url(endpoint: str) -> str:
    """Make a bucket and return its address, path style: the servers have no wildcard names."""
    name = f"archive-{uuid4().hex[:16]}"
    client: Any = s3_client(Service(endpoint, REGION, "path"), KEYS)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return f"s3://{name}?endpoint={endpoint}&region={REGION}&addressing=path"


def open_bucket(url: str) -> Archive:
    """The archive behind an address with the keys that the servers take."""
    return open_archive(url, credentials=lambda: KEYS)
