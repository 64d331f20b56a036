"""The whole story of every kind of product, with every route of the marketplace through the front door."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from story import stage
from story.command import command
from tests.support.front_door import callback_functions, front_door_bundle


def test_every_kind_of_product_is_served_through_the_front_door(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stage, "read_template", lambda _: front_door_bundle())
    kept = tmp_path / "kept"
    result = CliRunner().invoke(command, ["--all", "--keep", str(kept)])
    assert result.exit_code == 0, result.output
    assert "All agree." in result.output
    log = (kept / "functions.log").read_text(encoding="utf-8")
    served = set(re.findall(r"^gateway \w+ [A-Z]+ \S+ \d+ (\w+) ", log, re.MULTILINE))
    assert "front_door" in served
    assert not served & {*callback_functions(), "route_activity"}
