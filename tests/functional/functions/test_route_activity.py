"""route_activity names the activity of a callback and allows every call."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.route_activity.index import MAX_BODY_CHARACTERS, handler
from local_cloud.reply import read_decision

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "events" / "route_activity.json").read_text(encoding="utf-8")
)


def _activity(event: object) -> str:
    decision = read_decision(handler(event, None))
    assert decision.allow
    assert set(decision.context) == {"activity"}
    return decision.context["activity"]


def test_the_reply_has_the_form_of_an_authorizer() -> None:
    reply = handler({"body": '{"activity":"newInstance"}'}, None)
    assert reply == {"statusCode": 200, "body": '{"status": "allow", "context": {"activity": "newInstance"}}'}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["rule"]))
def test_the_activity_of(case: dict[str, Any]) -> None:
    assert _activity(case["event"]) == case["activity"]


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"activity":' * 50_000,
        '{"activity":"newInstance","n":' + "9" * 10_000 + "}",
        "\ud800",
        b"\xff\xfe",
        '{"activity":"newInstance","pad":"' + "x" * MAX_BODY_CHARACTERS + '"}',
    ],
    ids=["deep list", "deep object", "huge number", "lone surrogate", "no UTF-8", "too long"],
)
def test_a_hostile_body_goes_to_the_default_backend(body: object) -> None:
    assert _activity({"body": body}) == ""
    assert _activity({"body": body, "isBase64Encoded": True}) == ""


@given(
    st.dictionaries(
        st.sampled_from(["body", "isBase64Encoded"]),
        st.none() | st.booleans() | st.integers() | st.text('{}[]":,activity=Z0\\\x00é新') | st.binary(),
    )
)
def test_it_never_raises(event: dict[str, object]) -> None:
    _activity(event)


def test_it_needs_the_standard_library_only() -> None:
    source = Path(sys.modules[handler.__module__].__file__ or "").read_text(encoding="utf-8")
    imported = [
        name.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for name in node.names
    ]
    imported += [node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert len(source.splitlines()) <= 60
