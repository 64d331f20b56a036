"""Calls of the cloud's own services (CSMS, CES), signed with the temporary keys of the function's agency.

The SDK of a service would cost every cold start its model classes; one signed call over ``koogallery.http`` does not.
Source: API signing guide, "AK/SK signing"; temporary keys add the signed header ``X-Security-Token``, as
``huaweicloudsdkcore`` does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from koogallery.agency import Keys, agency_keys, project_id
from koogallery.clock import Clock
from koogallery.errors import PermanentError, RetryableError
from koogallery.http import Http, HttpError, HttpLimits, HttpRequest, HttpResponse, parse_address
from koogallery_signing import aksk
from koogallery_signing.errors import MalformedKey

_ERROR_CODE = re.compile(r"[A-Za-z]{2,20}\.[0-9]{1,8}")
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class CloudUnavailable(RetryableError):
    """The service did not answer, or asks for patience."""

    code = "cloud_unavailable"


class CloudRefused(PermanentError):
    """The service refuses the call; ``status`` is its HTTP status, 0 when the call could not be made."""

    code = "cloud_refused"

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class CloudApi:
    """One service at ``endpoint`` (``https://kms.<region>.myhuaweicloud.com`` for CSMS)."""

    endpoint: str
    project_id: str
    keys: Keys = field(repr=False)
    clock: Clock
    http: Http

    @classmethod
    def of_function(cls, endpoint: str, context: object, clock: Clock, http: Http) -> CloudApi:
        """Called as the function that ``context`` belongs to; raises ``CloudRefused`` without agency or project."""
        keys, project = agency_keys(context), project_id(context)
        if keys is None:
            raise CloudRefused("the function has no agency to call the cloud with")
        if not project:
            raise CloudRefused("the platform does not tell the project of the function")
        return cls(endpoint, project, keys, clock, http)

    def call(self, method: str, path: str, limits: HttpLimits, body: bytes = b"") -> bytes:
        """The body of a 2xx answer. ``path`` is decoded; its ``{project_id}`` is filled in.

        Raises ``CloudUnavailable``, ``CloudRefused``, ``AddressInvalid`` for the endpoint.
        """
        base = parse_address(self.endpoint)
        full = unquote(base.target).rstrip("/") + path.replace("{project_id}", self.project_id)
        access_key, secret_key, token = self.keys
        date = aksk.sdk_date(self.clock.now())
        headers = {"Content-Type": "application/json", "X-Project-Id": self.project_id, aksk.DATE_HEADER: date}
        try:
            signed = aksk.sign_request(
                access_key=access_key,
                secret_key=secret_key,
                method=method,
                host=base.host_header,
                path=full,
                query=(),
                headers=headers,
                body=body,
                security_token=token,
            )
        except MalformedKey as error:
            raise CloudRefused("the keys of the agency have a form that cannot sign") from error
        url = f"{base.scheme}://{base.host_header}{aksk.request_target(full, ())}"
        try:
            response = self.http.send(HttpRequest(method, url, signed, body), limits)
        except HttpError as error:
            raise CloudUnavailable(str(error)) from error
        return _accepted(base.host_header, response)


def _accepted(host: str, response: HttpResponse) -> bytes:
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        return response.body
    text = f"{host}: status {response.status}{_error_code(response.body)}"
    if response.status in _PASSING or response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CloudUnavailable(text)
    raise CloudRefused(text, response.status)


def _error_code(body: bytes) -> str:
    """The service's own code, never its message: that may quote the request."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = fields.get("error_code", fields.get("code")) if isinstance(fields, dict) else None
    return f" {code}" if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
