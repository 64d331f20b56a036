"""Result codes of the callbacks (SaaS guide V2.0, result codes)."""

from __future__ import annotations

SUCCESS = "000000"
AUTHENTICATION_FAILED = "000001"
ILLEGAL_PARAMETER = "000002"
NOT_FOUND = "000003"
PROCESSING = "000004"
INTERNAL_ERROR = "000005"
