"""The gateway's own answers: ``{"error_code", "error_msg", "request_id"}`` (APIG user guide, "Error codes").

*Inferred*, because the guide does not pair them: the codes of a function that fails or replies in a wrong
form, of an authorizer that denies or fails, and of a gateway that stops.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from local_cloud.reply import Reply


@dataclass(frozen=True)
class GatewayError:
    """One kind of answer."""

    status: int
    error_code: str
    error_msg: str

    def reply(self, request_id: str) -> Reply:
        """The answer to one request."""
        body = {"error_code": self.error_code, "error_msg": self.error_msg, "request_id": request_id}
        headers = {"content-type": "application/json", "x-request-id": request_id}
        return Reply(self.status, headers, json.dumps(body).encode("ascii"))


NO_API = GatewayError(404, "APIG.0101", "The API does not exist or has not been published in the environment.")
NO_METHOD = GatewayError(404, "APIG.0101", "The API does not exist.")
BAD_REQUEST = GatewayError(400, "APIG.0201", "Bad request.")
BODY_TOO_LARGE = GatewayError(413, "APIG.0201", "Request entity too large.")
BACKEND_FAILED = GatewayError(500, "APIG.0202", "Backend unavailable.")
STOPPING = GatewayError(503, "APIG.0202", "Backend unavailable.")
BACKEND_TIMED_OUT = GatewayError(504, "APIG.0203", "Backend timeout.")
AUTHORIZER_DENIED = GatewayError(401, "APIG.0305", "Incorrect authentication information.")
AUTHORIZER_FAILED = GatewayError(500, "APIG.0305", "Internal server error.")
