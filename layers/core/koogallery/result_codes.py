"""Result codes of the callbacks (SaaS guide V2.0, result codes)."""

from __future__ import annotations

SUCCESS = "000000"
AUTHENTICATION_FAILED = "000001"
ILLEGAL_PARAMETER = "000002"
NOT_FOUND = "000003"
PROCESSING = "000004"
INTERNAL_ERROR = "000005"

# Of online licences (client software guide). 000900 (quota of the order used up) and 000901 (outside the order's
# validity) are documented too: both depend on what the marketplace alone knows.
EXPIRY_NEEDED = "000902"
FINGERPRINT_NEEDED = "000903"
