"""What docs/seller-interface.yaml and docs/sign-in.md say of sessions."""

from __future__ import annotations

import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from bundle_template.reading import PROJECT_TEMPLATE
from koogallery.clock import FrozenClock
from tests.support.auth_centre import BROKEN, USERINFO, AuthCentre
from tests.support.sign_in_world import API_KEY, AT, SignInWorld, hand_over_code

DOCS = PROJECT_TEMPLATE.parent / "docs"
DOCUMENT: dict[str, Any] = yaml.safe_load((DOCS / "seller-interface.yaml").read_text(encoding="utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource("doc:", DRAFT202012.create_resource(DOCUMENT))


@pytest.fixture
def world() -> Iterator[SignInWorld]:
    with AuthCentre(FrozenClock(AT)) as centre:
        world = SignInWorld(centre)
        world.sync()
        yield world


def conforms(answer: object, schema: str) -> bool:
    pointer = {"$ref": f"doc:#/components/schemas/{schema}", "unevaluatedProperties": False}
    return not list(Draft202012Validator(pointer, registry=REGISTRY).iter_errors(answer))


def is_documented(problem: dict[str, Any]) -> bool:
    codes = DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    return conforms(problem, "Problem") and problem["code"] in codes


def test_sessions_are_as_documented(world: SignInWorld) -> None:
    world.authorize(org_code="1", email="two@acme.example", mobile="138")
    reply = world.browser().sign_in(world.code(), return_to="/x")
    session = world.handed_over(reply)
    assert conforms(session, "Session")
    path = f"/seller/sessions/{session['session_id']}"
    for method in ("GET", "POST"):
        assert conforms(world.seller(method, path)[1], "Session")
    assert is_documented(world.seller("POST", "/seller/sessions", {"code": hand_over_code(reply)})[1])
    world.centre.misbehaving[USERINFO] = [BROKEN, BROKEN]
    assert is_documented(world.seller("POST", path)[1])
    world.bind(domain="https://10.0.0.1")
    assert is_documented(world.seller("POST", path)[1])
    world.seller("DELETE", path)
    assert is_documented(world.seller("GET", path)[1])


def test_the_example_of_the_guide_works(world: SignInWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (DOCS / "sign-in.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "sign-in.md", "exec"), names)  # noqa: S102 - our own guide
    names["KEY"] = API_KEY

    def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
        body = json.loads(request.data) if isinstance(request.data, bytes) else None
        key = str(request.get_header("Authorization")).removeprefix("Bearer ")
        path = request.full_url.removeprefix(names["BUNDLE"])
        status, answer = world.seller(request.get_method(), path, body, key=key)
        if status >= 400:
            raise urllib.error.HTTPError(request.full_url, status, "", Message(), None)
        return io.BytesIO(json.dumps(answer).encode())

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    reply = world.browser().sign_in(world.code(), return_to="/reports/7")
    query = urlsplit(reply.headers["Location"]).query
    session, path = names["signed_in"](query)
    assert (session["user"]["user_name"], path) == ("user.two", "/reports/7")
    assert names["signed_in"](query) is None
    assert names["signed_in"]("") is None
    assert names["still_signed_in"](session["session_id"])
    world.authorize(enabled=False)
    assert not names["still_signed_in"](session["session_id"])
