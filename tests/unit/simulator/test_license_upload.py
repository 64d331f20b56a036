"""The upload of a licence: multipart, its signature without bytes, string and file, and once an event."""

from __future__ import annotations

import hashlib
import json

import pytest

from koogallery_simulator import Marketplace, Request
from koogallery_simulator.faults import error
from koogallery_simulator.license_upload import UNSIGNED, Application
from koogallery_simulator.multipart import read_parts
from koogallery_simulator.signatures import aksk_canonical_request, aksk_signature
from koogallery_simulator.times import record_time
from tests.unit.simulator.tools import KEYS, marketplace, read

ADDRESS = "/api/mkp-openapi-public/global/v1/market-event/{}/file"
BOUNDARY = "b0undary"
FILE = b"\x00binary\r\n--not the end"


def desk() -> tuple[Marketplace, Application]:
    market, _ = marketplace()
    return market, market.license_upload.apply("event-1", "inst-a")


def part(head: str, content: bytes) -> bytes:
    return f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"


def described(**members: object) -> bytes:
    return part('name="isvUpdateFileReq"\r\nContent-Type: application/json', json.dumps(members).encode())


def of_text(text: object = "LICENCE-1") -> bytes:
    return described(type="CHARACTERS", characters=text)


def of_file(content: bytes = FILE, digest: str | None = None, name: object = "a.lic") -> bytes:
    sha256 = hashlib.sha256(content).hexdigest() if digest is None else digest
    head = 'name="file"; filename="a.lic"\r\nContent-Type: application/octet-stream'
    return described(type="FILE", sha256=sha256, file_name=name) + part(head, content)


def upload(
    market: Marketplace, parts: bytes, *, event: str = "event-1", hashed: str | None = UNSIGNED
) -> tuple[int, str]:
    body = parts + f"--{BOUNDARY}--\r\n".encode()
    headers = {
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "host": "127.0.0.1",
        "x-sdk-date": record_time(market.clock.now()),
    }
    if hashed is not None:
        headers["x-sdk-content-sha256"] = hashed
    path, names = ADDRESS.format(event), sorted(headers)
    signature = aksk_signature(KEYS.sk, headers["x-sdk-date"], aksk_canonical_request("POST", path, (), headers, body))
    headers["authorization"] = (
        f"SDK-HMAC-SHA256 Access={KEYS.ak}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    status, document = read(market.handle(Request("POST", path, (), headers, body)))
    return status, str(document["error_code"])


def test_text_is_delivered() -> None:
    market, application = desk()
    assert upload(market, of_text()) == (200, "CBC.0000")
    assert application.delivered is not None
    assert application.delivered.text == "LICENCE-1"
    assert not market.violations.all()


def test_file_is_delivered_byte_for_byte() -> None:
    market, application = desk()
    assert upload(market, of_file()) == (200, "CBC.0000")
    assert application.delivered is not None
    assert (application.delivered.file_name, application.delivered.content) == ("a.lic", FILE)
    assert not market.violations.all()


def test_repeat_with_the_same_content_is_fine_and_with_another_is_not() -> None:
    market, application = desk()
    upload(market, of_text())
    assert upload(market, of_text()) == (200, "CBC.0000")
    assert not market.violations.all()
    assert upload(market, of_text("LICENCE-2")) == (200, "91381034")
    assert market.violations.rules() == {"upload-changed"}
    assert application.delivered is not None
    assert application.delivered.text == "LICENCE-1"


@pytest.mark.parametrize("event", ["event-2", "withdrawn"])
def test_nobody_waits_for_it(event: str) -> None:
    market, _ = desk()
    market.license_upload.apply("withdrawn", "inst-a").withdrawn = True
    assert upload(market, of_text(), event=event) == (200, "91381034")
    assert market.violations.rules() == {"upload-event"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (b"", (400, "CBC.0101")),
        (part('name="other"', b"x"), (400, "CBC.0101")),
        (part('name="isvUpdateFileReq"', b"{}"), (400, "CBC.0101")),
        (part('name="isvUpdateFileReq"\r\nContent-Type: application/json', b"{"), (400, "CBC.0101")),
        (described(type="STRING", characters="x"), (400, "CBC.0101")),
        (of_text() + of_text(), (400, "CBC.0101")),
        (of_text(""), (200, "91381037")),
        (of_text("x" * 1025), (200, "91381037")),
        (of_text(7), (200, "91381037")),
        (of_file(digest="0" * 64), (400, "CBC.0101")),
        (of_file(digest=""), (400, "CBC.0101")),
        (of_file(name=None), (400, "CBC.0101")),
        (described(type="FILE", sha256="", file_name="a"), (400, "CBC.0101")),
    ],
)
def test_upload_of_another_form_is_refused(parts: bytes, expected: tuple[int, str]) -> None:
    market, application = desk()
    assert upload(market, parts) == expected
    assert market.violations.rules() == {"upload-form"}
    assert application.delivered is None


def test_multipart_is_signed_without_its_bytes() -> None:
    market, _ = desk()
    assert upload(market, of_text(), hashed=None) == (200, "CBC.0000")
    assert market.violations.rules() == {"upload-payload-hash"}


def test_wrong_signature_is_turned_away() -> None:
    market, application = desk()
    request = Request("POST", ADDRESS.format("event-1"), (), {"content-type": "multipart/form-data"}, b"")
    assert read(market.handle(request))[0] == 401
    assert application.delivered is None


@pytest.mark.parametrize(("method", "path"), [("GET", ADDRESS.format("e")), ("POST", ADDRESS.format("e/f"))])
def test_another_method_or_path_is_no_upload(method: str, path: str) -> None:
    market, _ = desk()
    assert read(market.handle(Request(method, path, (), {}, b"")))[1]["error_code"] == "APIGW.0101"
    assert market.violations.rules() == {"unknown-address"}


def test_faults_of_the_upload_have_their_own_statuses() -> None:
    market, _ = desk()
    market.faults.add(error("CBC.0150", 1, "upload"))
    market.faults.add(error("CBC.0999", 1, "upload", after_booking=True))
    assert upload(market, of_text()) == (403, "CBC.0150")
    assert upload(market, of_text()) == (500, "CBC.0999")
    assert upload(market, of_text()) == (200, "CBC.0000")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data", "multipart/mixed; boundary=b0undary", "multipart/form-data; boundary="],
)
def test_other_content_types_are_no_multipart(content_type: str) -> None:
    assert read_parts(content_type, of_text() + b"--b0undary--") is None


def test_quoted_boundary_is_read() -> None:
    parts = read_parts('multipart/form-data; boundary="b0undary"', of_text() + b"--b0undary--\r\n")
    assert parts is not None
    assert parts["isvUpdateFileReq"].content_type == "application/json"
