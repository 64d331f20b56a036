"""Opens the stores that the settings ``STATE_URL`` and ``ARCHIVE_URL`` name.

``sqlite:////absolute/path.db``   ``sqlite:///relative.db``
``dynamodb://<table>?endpoint=<url>[&region=<name>]``
``file:///absolute/folder``
``s3://<bucket>?endpoint=<url>[&region=<name>][&addressing=virtual|path]``

A message about a wrong address names the part that is wrong and quotes nothing: people put secrets everywhere.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from koogallery.adapters.archive_names import ArchiveMisconfigured
from koogallery.archive import Archive
from koogallery.clock import Clock, SystemClock
from koogallery.state import State, StateMisconfigured

DEFAULT_REGION = "cn-north-4"
"""GeminiDB takes any region; OBS takes the one in its endpoint."""
TABLE_NAME = re.compile(r"[A-Za-z0-9_-]{3,48}")
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ADDRESSINGS: dict[str, Literal["virtual", "path"]] = {"virtual": "virtual", "path": "path"}

Keys = tuple[str, str, str | None]


class _WrongAddress(Exception):
    """What is wrong with an address, in words that quote nothing of it."""


def open_state(
    url: str, *, access_key: str | None = None, secret_key: str | None = None, clock: Clock | None = None
) -> State:
    """The state that a URL names; the keys are for ``dynamodb``. Raises ``StateMisconfigured``."""
    with_clock = clock or SystemClock()
    try:
        parts = _split(url)
        if parts.scheme == "sqlite":
            return _sqlite_state(parts, with_clock)
        if parts.scheme == "dynamodb":
            return _dynamodb_state(parts, access_key, secret_key, with_clock)
        raise _WrongAddress("begins with sqlite:// or dynamodb://")
    except _WrongAddress as exc:
        raise StateMisconfigured(f"STATE_URL, the address of the state, {exc}") from None


def open_archive(url: str, *, credentials: Callable[[], Keys | None] | None = None) -> Archive:
    """The archive that a URL names; ``credentials`` is for ``s3``. Raises ``ArchiveMisconfigured``."""
    try:
        parts = _split(url)
        if parts.scheme == "file":
            return _file_archive(parts)
        if parts.scheme == "s3":
            return _s3_archive(parts, credentials or _no_keys)
        raise _WrongAddress("begins with file:// or s3://")
    except _WrongAddress as exc:
        raise ArchiveMisconfigured(f"ARCHIVE_URL, the address of the archive, {exc}") from None


def _sqlite_state(parts: SplitResult, clock: Clock) -> State:
    from koogallery.adapters.sqlite_state import SqliteState

    _options(parts, allowed=())
    return SqliteState(Path(_path_of(parts, "sqlite")[1:]), clock)


def _dynamodb_state(parts: SplitResult, access_key: str | None, secret_key: str | None, clock: Clock) -> State:
    from koogallery.adapters.dynamodb_calls import TableCalls, table_client
    from koogallery.adapters.dynamodb_state import DynamoDbState

    options = _options(parts, allowed=("endpoint", "region"))
    if not TABLE_NAME.fullmatch(parts.netloc) or parts.path not in ("", "/"):
        raise _WrongAddress("names a table of 3 to 48 letters, digits, '_' and '-': dynamodb://<table>?endpoint=…")
    # GeminiDB speaks plain HTTP on an address inside the VPC.
    endpoint = _endpoint(options, plain_http_is_fine=_is_private)
    if not access_key or not secret_key:
        raise StateMisconfigured("STATE_ACCESS_KEY and STATE_SECRET_KEY are needed for a dynamodb:// address")
    client = table_client(endpoint, options.get("region", DEFAULT_REGION), access_key, secret_key)
    return DynamoDbState(TableCalls(client, parts.netloc, clock))


def _file_archive(parts: SplitResult) -> Archive:
    from koogallery.adapters.file_archive import FileArchive

    _options(parts, allowed=())
    return FileArchive(Path(_path_of(parts, "file")))


def _s3_archive(parts: SplitResult, credentials: Callable[[], Keys | None]) -> Archive:
    from koogallery.adapters.s3_archive import S3Archive, Service

    options = _options(parts, allowed=("endpoint", "region", "addressing"))
    if not BUCKET_NAME.fullmatch(parts.netloc) or parts.path not in ("", "/"):
        raise _WrongAddress("names a bucket: s3://<bucket>?endpoint=…")
    addressing = ADDRESSINGS.get(options.get("addressing", "virtual"))
    if addressing is None:
        raise _WrongAddress(f"has one of these as its addressing: {', '.join(ADDRESSINGS)}")
    endpoint = _endpoint(options, plain_http_is_fine=_is_loopback)
    service = Service(endpoint, options.get("region", DEFAULT_REGION), addressing)
    return S3Archive(service, parts.netloc, credentials)


def _no_keys() -> None:
    return None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise _WrongAddress("is not a URL") from None


def _path_of(parts: SplitResult, scheme: str) -> str:
    if parts.netloc or len(parts.path) < 2:
        raise _WrongAddress(f"has three slashes before the path: {scheme}:///…")
    return unquote(parts.path)


def _options(parts: SplitResult, allowed: tuple[str, ...]) -> dict[str, str]:
    """The options after ``?``, each at most once, none unknown."""
    if parts.fragment:
        raise _WrongAddress("has no '#'")
    try:
        pairs = parse_qsl(parts.query, strict_parsing=True) if parts.query else []
    except ValueError:
        raise _WrongAddress("has options that are not name=value") from None
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= set(allowed):
        raise _WrongAddress(f"takes each of these options once: {', '.join(allowed) or 'none'}")
    return options


def _endpoint(options: dict[str, str], plain_http_is_fine: Callable[[str], bool]) -> str:
    endpoint = options.get("endpoint", "")
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _WrongAddress("has an endpoint that is not a URL") from None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query:
        raise _WrongAddress("needs an endpoint: http(s)://<host>[:<port>]")
    if parts.scheme == "http" and not plain_http_is_fine(host):
        raise _WrongAddress("has an endpoint that must be https")
    return endpoint


def _is_loopback(host: str) -> bool:
    return host == "localhost" or _address_is(host, "is_loopback")


def _is_private(host: str) -> bool:
    return host == "localhost" or _address_is(host, "is_private")


def _address_is(host: str, property_: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), property_))
    except ValueError:
        return False
