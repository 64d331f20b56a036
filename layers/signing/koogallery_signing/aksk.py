"""AK/SK signature of the open APIs, SDK-HMAC-SHA256, made by the ``Signer`` of the vendor's SDK core.

Only the signer is used, never the SDK's HTTP client (it needs model classes and reads netrc). What the signer leaves
to its caller is done here: one spelling of each header, the path encoded once, the date given from outside.
Source: API signing guide, "AK/SK signing and authentication algorithm".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Final
from urllib.parse import quote

from koogallery_signing.errors import MalformedKey, UnsignableContent

DATE_HEADER: Final = "X-Sdk-Date"
TOKEN_HEADER: Final = "X-Security-Token"  # noqa: S105 - the name of a header
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"
# The signer looks these up in exactly this spelling.
_SPELLINGS: Final = {
    name.lower(): name
    for name in ("Authorization", "Content-Type", "Host", DATE_HEADER, "X-Sdk-Content-Sha256", TOKEN_HEADER)
}
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_ACCESS_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")


@dataclass(frozen=True)
class _Credentials:
    ak: str
    sk: str = field(repr=False)


def sdk_date(moment: datetime) -> str:
    """Return the value of ``X-Sdk-Date`` for an aware time."""
    return moment.astimezone(timezone.utc).strftime(_DATE_FORMAT)


def request_target(path: str, query: Sequence[tuple[str, str]]) -> str:
    """Return path and query as they must stand in the request line, encoded as they are signed."""
    try:
        encoded = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query))
    except UnicodeEncodeError as exc:
        raise UnsignableContent("the query cannot be encoded") from exc
    return _encoded_path(path) + (f"?{encoded}" if encoded else "")


def sign_request(  # noqa: PLR0913 - one argument per part of an HTTP request
    *,
    access_key: str,
    secret_key: str,
    method: str,
    host: str,
    path: str,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    body: bytes,
    security_token: str | None = None,
) -> dict[str, str]:
    """Return all headers to send: those given, Host, and Authorization over every one of them.

    ``headers`` must hold ``X-Sdk-Date`` (see ``sdk_date``; a new one for every attempt). ``path`` and ``query`` are
    decoded; send them as ``request_target`` gives them. ``host`` is the name, with port unless it is the default one.
    A Content-Type other than JSON is sent with ``X-Sdk-Content-Sha256: UNSIGNED-PAYLOAD``, as the SDK does for
    uploads. Temporary keys need ``security_token``. Raises MalformedKey, UnsignableContent.
    """
    from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped, unused-ignore]
    from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped, unused-ignore]

    _check_keys(access_key, secret_key)
    token = {TOKEN_HEADER: security_token} if security_token else {}
    to_sign = _checked_headers({**_spelled(headers), "Host": host, **token}, body)
    request = SdkRequest(
        method=method.upper(),
        schema="https",
        host=host,
        resource_path=_encoded_path(path),
        query_params=[(name, value) for name, value in query],
        header_params=to_sign,
        body=body,
    )
    try:
        Signer(_Credentials(access_key, secret_key)).sign(request)
    except ValueError as exc:
        raise UnsignableContent("the request holds a text that cannot be encoded, or no real date") from exc
    signed: dict[str, str] = request.header_params
    return signed


def _check_keys(access_key: str, secret_key: str) -> None:
    if not _ACCESS_KEY.fullmatch(access_key) or not _ACCESS_KEY.fullmatch(secret_key):
        raise MalformedKey("AK and SK must be printable ASCII without blanks and commas")


def _encoded_path(path: str) -> str:
    if not path.startswith("/"):
        raise UnsignableContent("the path must start with /")
    try:
        # The signer decodes the path before it encodes it: a percent sign must survive that.
        return quote(path, safe="/")
    except UnicodeEncodeError as exc:
        raise UnsignableContent("the path cannot be encoded") from exc


def _spelled(headers: Mapping[str, str]) -> dict[str, str]:
    spelled = {_SPELLINGS.get(name.lower(), name): value for name, value in headers.items()}
    if len({name.lower() for name in spelled}) != len(headers):
        raise UnsignableContent("a header is given twice")
    spelled.pop("Authorization", None)
    return spelled


def _checked_headers(headers: dict[str, str], body: bytes) -> dict[str, str]:
    for name, value in headers.items():
        # The signer would skip a name with "_" and re-encode other characters.
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise UnsignableContent("a header holds a character that cannot be signed")
    if not _DATE.fullmatch(headers.get(DATE_HEADER, "")):
        raise UnsignableContent(f"{DATE_HEADER} is missing or not yyyyMMddTHHmmssZ")
    content_type = headers.get("Content-Type", "application/json")
    if not body and not content_type.startswith("application/json"):
        raise UnsignableContent("an empty body has to be JSON: the signer hashes it, the gateway would not")
    return headers
