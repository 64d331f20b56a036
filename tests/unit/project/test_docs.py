"""The documentation: links lead somewhere, generated pages are fresh, nothing an operator may meet is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle_template.bundle import Bundle
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from docs_tools import settings as settings_page
from koogallery.ledger.settlement import MEANING

ROOT = PROJECT_TEMPLATE.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"\./scripts/([a-z]+)")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_template(PROJECT_TEMPLATE)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _prose(page: Path) -> str:
    return _FENCE.sub("", _text(page))


def _anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ------------------------------------------------------------------------------------------------------------ links
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in _anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(_prose(page)))
        targets = [(page.parent / link).resolve() for link in links if link and ":" not in link]
        waiting += [target for target in targets if target.suffix == ".md"]
    assert set(PAGES) <= reached


@pytest.mark.parametrize(
    ("english", "chinese"), [("README", "README.zh-CN"), ("docs/getting-started",) * 2, ("docs/deploy",) * 2]
)
def test_both_languages_have_the_same_parts(english: str, chinese: str) -> None:
    pages = [_text(ROOT / f"{english}.md"), _text(ROOT / f"{chinese.removesuffix('.zh-CN')}.zh-CN.md")]
    for part in (r"^#+ ", r"^\|", r"^\* ", r"^\d\. ", r"^```", r"^\./scripts/[a-z]+ ?[a-z-]*"):
        first, second = (re.findall(part, page, re.MULTILINE) for page in pages)
        assert len(first) == len(second), part
    assert set(_COMMAND.findall(pages[0])) == set(_COMMAND.findall(pages[1]))


def test_every_command_that_is_named_exists() -> None:
    named = {name for page in PAGES for name in _COMMAND.findall(_text(page))}
    assert {name for name in named if not (ROOT / "scripts" / name).is_file()} == set()


def test_the_readme_names_every_command_but_the_interpreter() -> None:
    there = {file.name for file in (ROOT / "scripts").iterdir() if file.is_file() and not file.suffix}
    assert there - {"python"} == set(_COMMAND.findall(_text(ROOT / "README.md")))


# -------------------------------------------------------------------------------------------------- generated pages
def test_the_page_of_settings_is_fresh(bundle: Bundle) -> None:
    assert _text(settings_page.FILE) == settings_page.render(bundle), f"run {settings_page.COMMAND}"


def test_writing_the_page_of_settings_writes_that_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings_page, "FILE", tmp_path / "settings.md")
    settings_page.main()
    assert _text(tmp_path / "settings.md") == _text(DOCS / "settings.md")


# ---------------------------------------------------------------------------------------------------------- runbook
def _logged_events(bundle: Bundle) -> Iterator[str]:
    for file in [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        for node in ast.walk(ast.parse(_text(file))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "log_line":
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    yield str(name.value)
    for timer in bundle.timers:
        yield from (timer.function, f"{timer.function}_failed")


def test_the_runbook_knows_every_event_of_the_log(bundle: Bundle) -> None:
    runbook = _text(DOCS / "runbook.md")
    assert {event for event in _logged_events(bundle) if f"`{event}`" not in runbook} == set()


def test_the_runbook_knows_every_alarm(bundle: Bundle) -> None:
    runbook = _text(DOCS / "runbook.md")
    assert {alarm.name for alarm in bundle.alarms if f"`{alarm.name}`" not in runbook} == set()


def test_every_alarm_leads_to_a_part_of_the_runbook(bundle: Bundle) -> None:
    assert {alarm.runbook for alarm in bundle.alarms} <= _anchors(DOCS / "runbook.md")


def test_every_alarm_leads_to_its_part_of_the_runbook(bundle: Bundle) -> None:
    page = DOCS / "runbook.md"
    assert {alarm.runbook for alarm in bundle.alarms} <= _anchors(page)
    own = [alarm for alarm in bundle.alarms if alarm.function is None]
    assert [alarm.runbook for alarm in own] == [alarm.name for alarm in own]
    for alarm in own:
        part = _text(page).split(f"### `{alarm.name}`\n")[1].split("\n#")[0]
        assert len(part) > 200, f"{alarm.name}: what it means, where to look, what to do"


def test_the_page_on_billing_knows_every_code_of_a_record() -> None:
    listed = set(re.findall(r"^\| (\d{3}) \|", _text(DOCS / "billing.md"), re.MULTILINE))
    assert listed == set(MEANING)


# -------------------------------------------------------------------------------------------------------- decisions
def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: str(page.stem))
def test_a_decision_says_status_context_decision_and_consequences(page: Path) -> None:
    text = _text(page)
    assert text.startswith(f"# {int(page.name[:4])}. ")
    parts = [text.index(part) for part in ("\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n")]
    assert parts == sorted(parts)
