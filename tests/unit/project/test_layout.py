"""What the layout of the project promises."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = sorted(file for file in (ROOT / "scripts").iterdir() if file.is_file() and not file.suffix)


@pytest.mark.parametrize("command", [*COMMANDS, ROOT / ".ci" / "run"], ids=lambda command: str(command.name))
def test_commands_can_be_executed(command: Path) -> None:
    assert os.access(command, os.X_OK)
    assert command.read_text(encoding="utf-8").startswith("#!")


def test_import_linter_watches_every_package_of_the_commands() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^root_packages = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    layers = re.search(r"^layers = (.*)$", text, re.MULTILINE)
    assert block is not None
    assert layers is not None
    for package in (ROOT / "scripts").glob("*/__init__.py"):
        assert f'"{package.parent.name}"' in block[1]
        assert re.search(rf"\b{package.parent.name}\b", layers[1])


def test_a_function_is_one_file_with_a_handler_in_a_folder_of_its_own() -> None:
    for file in (ROOT / "functions").rglob("*.py"):
        assert file.parent.parent == ROOT / "functions"
        assert file.name == "index.py"
        assert "def handler(event" in file.read_text(encoding="utf-8")
