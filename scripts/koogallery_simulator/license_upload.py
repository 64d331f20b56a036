"""``POST …/v1/market-event/{event_id}/file``: the licence that getLicenseAsync asked for, as text or file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.codes import UPLOAD_SUCCESS
from koogallery_simulator.faults import UPLOAD, error_reply
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.multipart import Part, read_parts
from koogallery_simulator.violations import Violations

PATH = "/api/mkp-openapi-public/global/v1/market-event/{event_id}/file"
LONGEST_TEXT = 1024
LONGEST_ID = 64
CHARACTERS = "CHARACTERS"
FILE = "FILE"
# Vendor SDK: what is not JSON is signed without its bytes
UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, repr=False)
class License:
    """What the buyer's client gets: ``text`` or a file."""

    text: str | None
    file_name: str | None = None
    content: bytes = b""


@dataclass
class Application:
    """A buyer's application for a licence (one event). ``delivered`` once the seller has uploaded it."""

    event_id: str
    instance_id: str
    fingerprint: str | None = None
    withdrawn: bool = False
    delivered: License | None = None


class LicenseUpload:
    """The endpoint; ``applications`` by event id."""

    name = UPLOAD
    method = "POST"
    path = PATH
    content_type = "multipart/form-data"

    def __init__(self, guard: AkskGuard, violations: Violations) -> None:
        self._guard = guard
        self._violations = violations
        self.applications: dict[str, Application] = {}

    def apply(self, event_id: str, instance_id: str, fingerprint: str | None = None) -> Application:
        """A buyer applies; the same event again is the same application."""
        made = Application(event_id, instance_id, fingerprint)
        return self.applications.setdefault(event_id, made)

    def answer(self, request: Request) -> Reply:
        """File it under its event; a repeat with the same content is fine."""
        refused = self._guard.refuse(request)
        if refused is not None:
            return error_reply(UPLOAD, refused)
        if request.headers.get("x-sdk-content-sha256") != UNSIGNED:
            self._violations.add("upload-payload-hash", f"multipart without X-Sdk-Content-Sha256: {UNSIGNED}")
        parts = read_parts(request.headers.get("content-type", ""), request.body)
        if parts is None:
            return self._wrong("the body is no multipart/form-data")
        licence = self._licence(parts)
        if isinstance(licence, Reply):
            return licence
        return self._file(unquote(request.path.split("/")[-2]), licence)

    def _wrong(self, detail: str, code: str = "CBC.0101") -> Reply:
        self._violations.add("upload-form", detail)
        return error_reply(UPLOAD, code)

    def _licence(self, parts: Mapping[str, Part]) -> License | Reply:
        described = parts.get("isvUpdateFileReq")
        if described is None or described.content_type != "application/json":
            return self._wrong("no part isvUpdateFileReq of type application/json")
        try:
            document = json.loads(described.content)
        except (ValueError, RecursionError):
            return self._wrong("isvUpdateFileReq is not JSON")
        kind = document.get("type") if isinstance(document, dict) else None
        if kind == CHARACTERS:
            return self._text(document)
        return self._of_file(document, parts.get("file")) if kind == FILE else self._wrong("type is no known one")

    def _text(self, document: Mapping[str, object]) -> License | Reply:
        text = document.get("characters")
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
            return self._wrong("characters is missing or not 1 to 1024 characters", "91381037")
        return License(text)

    def _of_file(self, document: Mapping[str, object], file: Part | None) -> License | Reply:
        if file is None or not file.file_name:
            return self._wrong("no part file with a file name")
        digest, name = document.get("sha256"), document.get("file_name")
        if not isinstance(digest, str) or digest.lower() != hashlib.sha256(file.content).hexdigest():
            return self._wrong("sha256 is not that of the file")
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_TEXT:
            return self._wrong("file_name is missing or not 1 to 1024 characters")
        return License(None, name, file.content)

    def _file(self, event_id: str, licence: License) -> Reply:
        application = self.applications.get(event_id)
        if application is None or application.withdrawn:
            self._violations.add("upload-event", f"no application {event_id[:LONGEST_ID]!r} waits for a licence")
            return error_reply(UPLOAD, "91381034")
        if application.delivered not in (None, licence):
            self._violations.add("upload-changed", f"event {event_id[:LONGEST_ID]} got a second, different licence")
            return error_reply(UPLOAD, "91381034")
        application.delivered = licence
        return json_reply(200, {"error_code": UPLOAD_SUCCESS, "error_msg": "success"})
