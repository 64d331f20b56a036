"""Refusals, in the form that Huawei Cloud's control planes use: ``error_code`` and ``error_msg``.

Of the codes only a few are published. Where a page names one it is used; every other code is made of the service's
prefix and the HTTP status, so a client that tells errors apart must do it by status, as it must with the real thing.
"""

from __future__ import annotations

PREFIXES = {"functiongraph": "FSS", "apig": "APIG", "csms": "KMS", "lts": "LTS", "ces": "ces"}
BAD_SIGNATURE = "APIGW.0301"
THROTTLED = "APIGW.0308"
FUNCTIONGRAPH_THROTTLED = "FSS.0429"


class Refused(Exception):
    """The service turns a request down: HTTP status, message, and a code where one is published."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code

    def code_for(self, service: str) -> str:
        """The code as this service spells it."""
        return self.code or f"{PREFIXES[service]}.{self.status:04d}"


def invalid(message: str) -> Refused:
    """The request itself is wrong."""
    return Refused(400, message)


def missing(what: str, name: str) -> Refused:
    """The thing a request names does not exist."""
    return Refused(404, f"{what} {name} does not exist")


def conflict(message: str) -> Refused:
    """The state of other things forbids what was asked."""
    return Refused(409, message)


def throttled(service: str) -> Refused:
    """Too many requests."""
    code = FUNCTIONGRAPH_THROTTLED if service == "functiongraph" else THROTTLED
    return Refused(429, "the throttling threshold has been reached", code)


def unauthorized(message: str) -> Refused:
    """No signature, or not one of this account."""
    return Refused(401, f"incorrect IAM authentication information: {message}", BAD_SIGNATURE)
