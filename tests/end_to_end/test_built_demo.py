"""scripts/demo on the built packages: unpacked, in clean interpreters, the same story ends as well."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from story.command import LOG_FILE, command


def test_the_whole_demo_passes_on_the_built_packages(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    result = CliRunner().invoke(command, ["--built", "--all", "--keep", str(kept)])
    assert result.exit_code == 0, result.output
    assert "All agree." in result.output
    log = (kept / LOG_FILE).read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert '"event":"callback"' in log


def test_a_folder_without_packages_is_no_stage(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--packages", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no build" in result.output
