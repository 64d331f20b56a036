"""How the marketplace calls and what it reads of an answer: 2.0, 1.0, and the two generations of the joint kit.

Signed by the simulator's arithmetic, which knows nothing of the bundle's signing layer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from koogallery_simulator.dialects.base import Addresses, Callback
from koogallery_simulator.dialects.kit import KitV1, KitV2
from koogallery_simulator.dialects.v2_wire import signed_post
from koogallery_simulator.field_encryption import decrypt_field
from koogallery_simulator.http_messages import Answer, OutgoingRequest
from koogallery_simulator.settings import Keys
from koogallery_simulator.times import kit_time
from koogallery_simulator.v1_signatures import auth_token, body_sign_problem, token_text
from tests.functional.paths.rows import Members, Result, Row, Trouble, Try
from tests.functional.paths.running import KEYS, PAIR, Running

WRONG_KEY = "a-key-of-somebody-else"
_ENCRYPTED = ("userName", "password")
PAST_THE_WINDOW = timedelta(seconds=61)


def current(setting: str) -> str:
    """The key that is signed with."""
    return KEYS[setting].partition(",")[0]


def _read(answer: Answer) -> Result:
    """HTTP 200, JSON, ASCII, resultCode and resultMsg: everything else is a failed call (requirements)."""
    assert answer.status == 200, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.body.isascii()
    members = json.loads(answer.body)
    code, message = members["resultCode"], members["resultMsg"]
    assert isinstance(code, str)
    assert len(code) == 6
    assert isinstance(message, str)
    assert 0 < len(message) <= 255
    return Result(code, members)


@dataclass(frozen=True)
class SpeaksV2:
    """POST, JSON, signature in the query."""

    setting: str
    window: bool = True

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """Canonical JSON with signature, timestamp and nonce."""
        return signed_post(url, key or current(self.setting), members, now)

    def read(self, answer: Answer) -> Result:
        """Answers of 2.0 are not signed."""
        assert "body-sign" not in answer.headers
        return _read(answer)


@dataclass(frozen=True)
class SpeaksV1:
    """GET, everything in the query with its authToken; every answer signed."""

    window: bool = False

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """Percent-encoded parameters; ``timeStamp`` is now unless it is given."""
        told = {"timeStamp": kit_time(now, 0), **members}
        pairs = [(name, str(value)) for name, value in told.items()]
        token = auth_token(key or current("MARKETPLACE_V1_KEYS"), told["timeStamp"], token_text(pairs))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in [*pairs, ("authToken", token)])
        return OutgoingRequest("GET", f"{url}?{query}", {"Accept": "application/json"}, b"")

    def read(self, answer: Answer) -> Result:
        """Body-Sign over the exact bytes, on errors too. ``decrypt_field`` raises for what is sent in the clear."""
        problem = body_sign_problem(answer.headers.get("body-sign"), current("MARKETPLACE_V1_KEYS"), answer.body)
        assert problem is None, (problem, answer.body)
        code, members = _read(answer)
        return Result(code, {name: _opened(name, value) for name, value in members.items()})


def _opened(name: str, value: Any) -> Any:
    """Access data in the clear: every answer encrypts it anew."""
    if name == "appInfo":
        key = current("MARKETPLACE_V1_KEYS")
        return {one: decrypt_field(key, "1", text) if one in _ENCRYPTED else text for one, text in value.items()}
    return [{one: _opened(one, part) for one, part in entry.items()} for entry in value] if name == "info" else value


@dataclass(frozen=True)
class SpeaksKit:
    """POST to the path of a sync; ``generation`` 2 signs in three headers, 1 in one and reads Body-Sign."""

    generation: int

    @property
    def window(self) -> bool:
        """1.0 has none."""
        return self.generation == 2

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """The body as the guide prints it, not as it is signed."""
        production, _, name = url.rpartition("/produceAPI/")
        kit_key = key or current("MARKETPLACE_KIT_KEYS")
        keys = Keys(
            PAIR["MARKETPLACE_AK"],
            PAIR["MARKETPLACE_SK"],
            (current("MARKETPLACE_ACCESS_KEYS"),),
            v1=(key or current("MARKETPLACE_V1_KEYS"),),
            kit=(kit_key,),
        )
        dialect = KitV2() if self.generation == 2 else KitV1()
        return dialect.request(Callback(name.rpartition("/")[2], members), keys, Addresses(production, ""), now)

    def read(self, answer: Answer) -> Result:
        """Nothing but the result; signed in 1.0."""
        if self.generation == 1:
            return SpeaksV1().read(answer)
        return SpeaksV2("").read(answer)


# ---------------------------------------------------------------------------------------------- not authentic, 000001
def forged(running: Running, row: Row) -> Iterator[Try]:
    """Signed with a key of somebody else, not signed, changed after it was signed."""
    members = row.given(running)
    yield Try("another key", row.request(running, members, key=WRONG_KEY))
    good = row.request(running, members)
    if "signature=" in good.url:
        yield Try("no signature", _with_query(good, signature=None))
    if "x-sign" in good.headers:
        yield Try("no x-sign", _with_header(good, "x-sign", None))
    if good.method == "GET":
        yield Try("changed on the way", replace(good, url=good.url + "&zz=1"))
    else:
        yield Try("changed on the way", replace(good, body=good.body.replace(b"{", b'{"zz":"1",', 1)))


# ---------------------------------------------------------------------------------------- illegal parameters, 000002
def malformed(running: Running, row: Row) -> Iterator[Try]:
    """What is around the message is missing or of another form."""
    good = row.request(running, row.given(running))
    if good.method == "GET":
        for name in ("authToken", "timeStamp", "activity"):
            yield Try(f"no {name}", _with_query(good, **{name: None}))
        return
    if "signature=" in good.url:
        for name in ("timestamp", "nonce"):
            yield Try(f"no {name}", _with_query(good, **{name: None}))
        yield Try("a timestamp in words", _with_query(good, timestamp="now"))
    elif "x-sign" in good.headers:
        for name in ("x-timestamp", "x-nonce"):
            yield Try(f"no {name}", _with_header(good, name, None))
        yield Try("a timestamp in words", _with_header(good, "x-timestamp", "now"))
    yield Try("no JSON", replace(good, body=b"no JSON"))
    yield Try("no object", replace(good, body=b"[]"))
    yield Try("a member twice", replace(good, body=good.body.replace(b"{", b'{"testFlag":"0","testFlag":"0",', 1)))


def out_of_window(running: Running, row: Row) -> Iterator[Try]:
    """Signed a minute ago, or a minute ahead."""
    members, url, now = row.given(running), running.url(row.addresses[0]), running.clock.now()
    for label, moment in (("too old", now - PAST_THE_WINDOW), ("from the future", now + PAST_THE_WINDOW)):
        yield Try(label, row.speech.request(url, members, moment))


def illegal(*needed: str, lengths: Mapping[str, int] | None = None, **values: Any) -> Trouble:
    """Mandatory members missing or empty, members over their length, and values of another form."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        yield from malformed(running, row)
        if row.speech.window:
            yield from out_of_window(running, row)
        members = row.given(running)
        for name in needed:
            without = {one: value for one, value in members.items() if one != name}
            yield Try(f"{name} missing", row.request(running, without))
            yield Try(f"{name} empty", row.request(running, {**members, name: ""}))
        for name, longest in (lengths or {}).items():
            yield Try(f"{name} too long", row.request(running, {**members, name: "x" * (longest + 1)}))
        for name, value in values.items():
            yield Try(f"{name} of another form", row.request(running, {**members, name: value}))
        yield Try("testFlag of another form", row.request(running, {**members, "testFlag": "7"}))

    return trouble


def _with_query(request: OutgoingRequest, **values: str | None) -> OutgoingRequest:
    parts = urlsplit(request.url)
    pairs = dict(parse_qsl(parts.query, keep_blank_values=True)) | values
    kept = {name: value for name, value in pairs.items() if value is not None}
    return replace(request, url=parts._replace(query=urlencode(kept)).geturl())


def _with_header(request: OutgoingRequest, name: str, value: str | None) -> OutgoingRequest:
    headers = {**request.headers, name: value}
    return replace(request, headers={one: text for one, text in headers.items() if text is not None})
