"""The page on deploying: its examples hold what the template asks for, and every finding stands in its table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bundle_template import PROJECT_TEMPLATE
from bundle_template.gateway import policies_of
from doctor.diagnosis import check_offline
from doctor.inputs import read_subject
from doctor.setting_checks import check_settings
from local_cloud.settings_file import parse_settings
from tests.support.deployed import CLOUD_SETTINGS, PARAMETERS, project_bundle, subject
from tests.support.scripted_account import ScriptedPlane, deployed, run

DOCS = PROJECT_TEMPLATE.parent / "docs"
PAGES = [DOCS / "deploy.md", DOCS / "deploy.zh-CN.md"]
_ROUTES = {route.name for route in project_bundle().routes}
_TIMERS = {timer.name for timer in project_bundle().timers}


def example(page: Path, first: str) -> dict[str, str]:
    """The settings of the fenced block that begins with a name."""
    found = re.search(rf"^```\n({first}=.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return parse_settings(found[1].encode(), page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_the_example_of_parameters_is_whole(page: Path) -> None:
    known = project_bundle().parameters
    given = example(page, "region")
    assert set(given) <= set(known)
    assert {name for name, one in known.items() if one.default is None} <= set(given)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_the_example_of_settings_is_whole(page: Path) -> None:
    read = read_subject(project_bundle(), PARAMETERS, example(page, "MARKETPLACE_ENDPOINT"), {}, "prod")
    findings = {one.check: one for one in check_settings(read)}
    assert {check for check, one in findings.items() if one.todo} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_the_page_says_how_many_policy_backends_there_are(page: Path) -> None:
    counts = [len(policies_of(route)) for route in project_bundle().routes]
    assert max(counts) == 5
    assert str(sum(counts)) in page.read_text("utf-8")


def checks() -> set[str]:
    """Ids that runs of all kinds gave, with the page's ellipsis for what varies."""
    runs = [
        run(ScriptedPlane(deployed())),
        run(ScriptedPlane([])),
        run(None, settings={}, parameters={}),
        run(None, settings={**CLOUD_SETTINGS, "KIT_PRIVATE_KEY": "csms:key", "ODD": "x"}),
        run(None, address="https://shop.example.com:8443"),
        {one.check: one for one in check_offline(subject({**PARAMETERS, "odd": "x"}), {"odd": "x"})},
    ]
    return {_shown(check) for one in runs for check in one}


def _shown(check: str) -> str:
    first, _, rest = check.partition(".")
    if first == "outside" and (
        rest in _ROUTES or rest not in ("reachable", "certificate", "port", "calls", "seller_interface")
    ):
        return "outside.…"
    if first == "timer":
        middle, _, last = rest.rpartition(".")
        return f"timer.….{last}" if middle in _TIMERS or not middle else check
    return "secrets.…" if first == "secrets" else check


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_finding_of_the_doctor_stands_there(page: Path) -> None:
    named = set(re.findall(r"`([a-z_]+\.[a-z_.…]+)`", page.read_text("utf-8")))
    assert checks() - named == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_commands_are_shown_with_options_they_have(page: Path) -> None:
    from typer.testing import CliRunner

    from deployment.cli import app
    from doctor.cli import app as doctor
    from exports.cli import app as exports

    shown = re.findall(r"^\./scripts/deploy (\w+)((?: +\S+)*)$", page.read_text("utf-8"), re.MULTILINE)
    assert {command for command, _ in shown} >= {"plan", "apply", "doctor", "status", "export"}
    for command, rest in shown:
        words = rest.split()
        arguments = [command]
        wanted = {word for word in words if word.startswith("--")}
        tool = {"doctor": doctor, "export": exports}.get(command, app)
        if command in ("doctor", "export"):
            arguments = words[:1] if command == "export" else []
        # Help is set in columns: wide enough, no option is cut off.
        text = CliRunner().invoke(tool, [*arguments, "--help"], env={"COLUMNS": "200"}).output
        assert wanted <= set(re.findall(r"--[a-z-]+", text)), command
