"""The simulator's own cryptography against known answers."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

import koogallery_simulator
from koogallery_simulator.signatures import (
    aksk_canonical_request,
    aksk_signature,
    callback_payload,
    callback_signature,
    push_body,
    push_signature,
    push_signature_fits,
    split_authorization,
)

VECTORS = Path(__file__).parents[2] / "vectors"
Vector = dict[str, Any]


def vectors(name: str) -> list[Any]:
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["vectors"]
    assert found
    return [pytest.param(one, id=one["id"]) for one in found]


@pytest.mark.parametrize("vector", vectors("v2-callback-signature"))
def test_callbacks_are_signed_as_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    payload = callback_payload(json.loads(given["body"]))
    signature = callback_signature(given["accessKey"], given["nonce"], given["timestamp"], payload)
    assert payload == vector["steps"]["payload"]
    assert signature.lower() == vector["expect"]["signature"]
    assert signature in vector["expect"]["query"]
    assert signature.lower() not in vector["reject"].values()


@pytest.mark.parametrize("vector", vectors("usage-push-signature"))
def test_usage_pushes_are_verified_as_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    body = push_body(given["request"])
    assert body == vector["steps"]["body"]
    assert push_signature(given["key"], given["ts"], given["nonce"], body) == vector["expect"]["signature"]
    assert push_signature_fits(["other", given["key"]], vector["expect"]["headers"], [body])
    for wrong in vector["reject"].values():
        headers = {**vector["expect"]["headers"], "signature": wrong}
        assert not push_signature_fits([given["key"]], headers, [body])


@pytest.mark.parametrize("vector", vectors("aksk"))
def test_aksk_agrees_with_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    query = [(name, value) for name, value in given["query"]]
    body = given["body"].encode("utf-8")
    canonical = aksk_canonical_request(given["method"], given["path"], query, given["headers"], body)
    assert canonical == vector["steps"]["canonicalRequest"]
    signature = aksk_signature(given["sk"], given["headers"]["X-Sdk-Date"], canonical)
    assert signature == vector["expect"]["signature"]
    parts = split_authorization(vector["expect"]["authorization"])
    assert parts == (given["ak"], tuple(vector["expect"]["signedHeaders"].split(";")), signature)


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        ({"b": "1", "a": None}, '{"b":"1"}'),
        ({"a": {"z": None, "b": [None]}}, '{"a":{"z":null,"b":[null]}}'),
        ({"a": "\x1f\\u001f/é"}, '{"a":"\\u001F\\\\u001f/é"}'),
        ({"\U0001f600": "1", "\uffee": "2"}, '{"\U0001f600":"1","\uffee":"2"}'),
    ],
    ids=["top-level null dropped", "nested nulls kept", "control characters", "UTF-16 order"],
)
def test_payload_is_canonical(message: dict[str, object], payload: str) -> None:
    assert callback_payload(message) == payload


def test_simulator_imports_nothing_of_the_bundle() -> None:
    root = Path(koogallery_simulator.__file__).parent
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"koogallery", "koogallery_signing"}, file
