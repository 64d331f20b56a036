"""The SDK-HMAC-SHA256 signature of a request, checked by signing it again with the SDK's own signer."""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qsl

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from tests.fake_cloud.errors import Refused, unauthorized
from tests.fake_cloud.site import Site

AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})")


def check_signature(site: Site, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    """Raise ``Refused`` unless the request is signed by the account's key; header names are lower case."""
    found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise unauthorized("there is no SDK-HMAC-SHA256 signature")
    access_key, signed_headers, signature = found.groups()
    if access_key != site.access_key:
        raise unauthorized("the access key is unknown")
    if site.security_token is not None and headers.get("x-security-token") != site.security_token:
        raise unauthorized("the security token does not belong to the access key")
    names = signed_headers.split(";")
    if not {"x-sdk-date", "host"} <= set(names) or not headers.keys() >= set(names):
        raise unauthorized("date and host must be signed")
    expected = _signature(site, method, target, {name: headers[name] for name in names}, body)
    if not hmac.compare_digest(expected, signature):
        raise unauthorized("the signature does not fit the request")
    if headers.get("x-project-id", site.project_id) != site.project_id:
        raise Refused(403, "the project is not the key's")


def _signature(site: Site, method: str, target: str, headers: dict[str, str], body: bytes) -> str:
    path, _, query = target.partition("?")
    again = SdkRequest(
        method=method,
        resource_path=path,
        query_params=parse_qsl(query, keep_blank_values=True),
        header_params=dict(headers),
        body=body,
    )
    Signer(BasicCredentials(site.access_key, site.secret_key, site.project_id)).sign(again)
    return str(again.header_params["Authorization"].rpartition("Signature=")[2])
