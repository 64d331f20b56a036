"""The commands that the README names answer --help."""

from __future__ import annotations

import re
import subprocess

import pytest

from bundle_template.reading import PROJECT_TEMPLATE

ROOT = PROJECT_TEMPLATE.parent
COMMANDS = sorted(set(re.findall(r"\./scripts/[a-z]+", (ROOT / "README.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_says_what_it_does(command: str) -> None:
    result = subprocess.run([command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) > 100
