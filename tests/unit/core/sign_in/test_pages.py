from __future__ import annotations

from html.parser import HTMLParser

import pytest

from koogallery.sign_in.errors import SignInError
from koogallery.sign_in.pages import PAGES, page
from local_cloud.reply import read_reply


class _Loads(HTMLParser):
    """Notes whatever a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag in ("script", "link", "img", "iframe", "form") or names & {"src", "style"} or "onclick" in names:
            self.found.append(tag)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_nothing_and_speaks_two_languages(name: str) -> None:
    reply = read_reply(page(200, name))
    text = reply.body.decode()
    loads = _Loads()
    loads.feed(text)
    assert loads.found == []
    assert PAGES[name].title in text
    assert PAGES[name].title_zh in text


def test_whatever_is_shown_is_escaped() -> None:
    text = read_reply(page(200, "signed_in", who="<script>alert('1')</script>")).body.decode()
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;" in text


def every_error(kind: type[SignInError]) -> list[type[SignInError]]:
    return [kind, *(found for one in kind.__subclasses__() for found in every_error(one))]


def test_every_error_has_a_page_and_a_code_of_its_own() -> None:
    errors = every_error(SignInError)
    assert {error.page for error in errors} <= set(PAGES)
    assert len({error.code for error in errors}) == len(errors)
    assert {error.status for error in errors} <= {400, 401, 403, 502, 503}
