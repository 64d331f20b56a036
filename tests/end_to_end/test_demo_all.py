"""scripts/demo --all: one product of each kind, and the story notices when one of them is not served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from story.command import command
from story.stage import SETTINGS_FILE
from story.whole_product import WholeProduct

KINDS = ("saas-2", "saas-1", "license-a", "license-b", "license-c", "kit-2", "kit-1")
SECRETS = (
    "MARKETPLACE_SK",
    "MARKETPLACE_V1_KEYS",
    "MARKETPLACE_KIT_KEYS",
    "MARKETPLACE_LICENSE_KEYS",
    "KIT_PRIVATE_KEY",
    "STATE_ENCRYPTION_KEY",
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """One run of the story, and the folder it kept."""
    kept = tmp_path_factory.mktemp("demo") / "kept"
    return CliRunner().invoke(command, ["--all", "--keep", str(kept)]), kept


def test_every_kind_of_product_is_sold_served_and_billed(told: tuple[Result, Path]) -> None:
    result, _ = told
    assert result.exit_code == 0, result.output
    assert "All agree." in result.output
    assert "WRONG" not in result.output
    for kind in KINDS:
        assert f"ok     {kind}: " in result.output
    for part in ("order.notified", "license.released", "tenant.added", "welcome user.two", "SaaS 1.0"):
        assert part in result.output


def test_log_of_the_functions_holds_no_secret_and_no_error(told: tuple[Result, Path]) -> None:
    _, kept = told
    log = (kept / "functions.log").read_text(encoding="utf-8")
    settings = dict(line.split("=", 1) for line in (kept / SETTINGS_FILE).read_text(encoding="utf-8").splitlines())
    assert [name for name in SECRETS if settings[name] in log] == []
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert lines
    assert [line for line in lines if line["level"] not in ("INFO", "WARNING")] == []


def test_licence_that_the_client_does_not_get_makes_it_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = WholeProduct.answer

    def forgetful(product: WholeProduct, event: dict[str, Any]) -> dict[str, Any]:
        return {} if "license_id" in event["data"] else answer(product, event)

    monkeypatch.setattr(WholeProduct, "answer", forgetful)
    result = CliRunner().invoke(command, ["--all"])
    assert result.exit_code == 1
    assert "differs: it is not so that the client gets the file" in result.output
    assert "All agree." not in result.output
