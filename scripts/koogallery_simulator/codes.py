"""Documented codes: order query, usage push and upload (open API guide), authorization codes, gateway, records."""

from __future__ import annotations

SUCCESS = "MKT.0000"
LICENSE_SUCCESS = "92020000"
UPLOAD_SUCCESS = "CBC.0000"

# code -> (HTTP status, message), order query and usage push pages
MARKET_ERRORS: dict[str, tuple[int, str]] = {
    "MKT.0999": (500, "System internal error."),
    "MKT.0100": (500, "Failure of input parameter"),
    "MKT.0101": (400, "Invalid parameter"),
    "MKT.0102": (400, "Invalid body sign"),
    "MKT.0199": (400, "Request parameter error"),
    "MKT.0150": (401, "Illegal operation"),
    "MKT.0151": (401, "No authority"),
    "MKT.0154": (401, "Illegal token"),
    "MKT.0250": (406, "Access frequency overlimit"),
    "MKT.9001": (500, "Instance ID not found."),
    "MKT.9002": (500, "Invalid usage enties."),
    "MKT.9003": (500, "Usage records extends size limit."),
    "MKT.9004": (500, "Record beginTime extends Limit."),
    "MKT.9005": (500, "Request failed."),
    "94060001": (500, "System error"),
    "94060002": (401, "Authentication failed"),
}

# API signing guide, gateway error codes
GATEWAY_ERRORS: dict[str, tuple[int, str]] = {
    "APIGW.0101": (404, "The API does not exist or has not been published in the environment"),
    "APIGW.0103": (404, "The backend does not exist"),
    "APIGW.0201": (400, "Bad request"),
    "APIGW.0301": (401, "Incorrect IAM authentication information: verify aksk signature fail"),
    "APIGW.0303": (401, "Incorrect IAM authentication information: x-sdk-date is expired"),
    "APIGW.0308": (429, "The throttling threshold has been reached"),
}

# Authorization code guide, error codes
LICENSE_ERRORS: dict[str, tuple[int, str]] = {
    "92020001": (200, "Internal error"),
    "92020002": (200, "Invalid param"),
    "92020003": (200, "Illegal state"),
    "92020004": (200, "The user has not received the code yet"),
    "92020005": (200, "The code does not exist"),
    "92020011": (200, "The code is not activated"),
    "92020020": (200, "Invalid code in the list"),
    "95000001": (400, "Request parameter invalid"),
    "95000002": (405, "Method not supported"),
    "95000003": (415, "Content type not supported"),
    "95000004": (400, "Body not readable"),
}

# Upload of string or file, error codes: the same names as elsewhere, other statuses
UPLOAD_ERRORS: dict[str, tuple[int, str]] = {
    "CBC.0150": (403, "Authentication failed"),
    "CBC.0101": (400, "Bad parameter"),
    "CBC.0999": (500, "Internal error"),
    "91381033": (200, "The licence resource is invalid"),
    "91381034": (200, "The licence application is invalid"),
    "91381035": (200, "No amount left in the period"),
    "91381036": (200, "Internal error"),
    "91381037": (200, "The licence format is wrong"),
    "91381038": (200, "The application was refused"),
    "91380150": (200, "The role may not do this"),
}

# "extra_info" comes only with these (order query page)
CODES_WITH_EXTRA_INFO = frozenset({"MKT.0100", "MKT.0150", "MKT.0250", "MKT.9001", "MKT.9002", "MKT.9004", "MKT.9005"})

# Usage push, per-record codes
RECORD_ERRORS: dict[str, str] = {
    "001": "The instance does not exist",
    "002": "The time format is wrong",
    "003": "The usage value is wrong",
    "004": "The unique record id is missing",
    "005": "The unique record id is repeated",
    "006": "The product is delisted",
    "007": "The record time is too old",
    "008": "Unknown",
    "009": "The instance does not belong to this seller",
    "010": "Duplicate record",
    "011": "The time range is invalid",
    "012": "Not a pay-per-use resource",
    "013": "The instance is in an abnormal state",
}


def status_and_message(code: str) -> tuple[int, str]:
    """HTTP status and text of a top-level code; an unknown code is an internal error."""
    special = LICENSE_ERRORS.get(code) or UPLOAD_ERRORS.get(code)
    plain = code.replace(" ", "").replace("CBC.", "MKT.")
    return special or MARKET_ERRORS.get(plain) or GATEWAY_ERRORS.get(plain) or (500, "System internal error.")
