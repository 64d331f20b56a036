"""A template that is refused: every command that deploys, builds or exports it says why, with one exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployment.cli import app

COMMANDS = (
    ["plan"],
    ["apply"],
    ["status"],
    ["rollback"],
    ["destroy"],
    ["rotate", "MARKETPLACE_ACCESS_KEYS", "--env", "settings"],
    ["build", "--out", "packages"],
    ["export", "terraform"],
    ["export", "openapi"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_refused_template_is_told_with_status_2(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings").write_text("")
    Path("template.yaml").write_text("metadata: {}\n")
    result = CliRunner().invoke(app, [*command, "--template", "template.yaml"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: template.yaml:")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["settings", "template.yaml"]
