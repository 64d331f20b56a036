"""What a row of the matrix is: one interface of a guide, and everything its four kinds of test need to know.

happy path    the documented answer: status, type, result, mandatory members, and its effect
code          every documented code, each by all the ways that lead to it
idempotency   a try again, signed anew: the earlier answer, and nothing changes
replay        the same bytes again, at once and after something else has happened: nothing changes
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from koogallery_simulator.http_messages import Answer, OutgoingRequest
from tests.functional.paths.running import BARE, BROKEN, GOOD, SILENT, Running, Stored

Members = Mapping[str, Any]
"""A call before it is signed, in the words of its interface."""


class Result(NamedTuple):
    """An answer whose form is the documented one. ``code``: the result code, or the status and a problem's code."""

    code: str
    members: Mapping[str, Any]


class Try(NamedTuple):
    """A request that must get a certain code, and what is special about it."""

    label: str
    request: OutgoingRequest


class Speech(Protocol):
    """How an interface is called and answers."""

    @property
    def window(self) -> bool:
        """Whether a signature is good for a minute only."""

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """A call, signed now with fresh nonces; ``key`` replaces the right one."""

    def read(self, answer: Answer) -> Result:
        """The answer, its form checked."""


Trouble = Callable[[Running, "Row"], Iterator[Try]]
View = Callable[[Running, Members, Result], object]


def _same(members: Members) -> Members:
    return members


def everything(running: Running, _: Members, __: Result) -> object:
    """The whole state, versions included."""
    return running.stored()


def _nothing(_: Running, __: Members, ___: Result) -> None:
    """Nothing to see, or nothing happens."""


@dataclass(frozen=True)
class Row:
    """One interface.

    ``kind`` and ``name`` make its id, ``part`` is its heading in docs/interfaces.md. ``given`` makes a situation of its
    own and the call in it, which is answered ``success`` with the members ``answers``.

    ``expected``: what is answered for a code that is not its own name. ``fresh``: what a try again has anew.
    ``repeated``, ``replayed``: the code of a try again and of the same bytes, when it is another one. ``lasting``:
    members of the answer that stay for ever. ``view``: what a try again must not change, ``replay_view``: what the same
    bytes must not change, ``harmless``: whether a refusal left the state as it was. ``shows`` checks the effect,
    ``meanwhile`` is what happens before the bytes come once more, ``afterwards`` the code they get then when it is
    another one.
    """

    kind: str
    part: str
    name: str
    addresses: tuple[str, ...]
    speech: Speech
    given: Callable[[Running], Members]
    success: str = "000000"
    answers: tuple[str, ...] = ()
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    fresh: Callable[[Members], Members] = _same
    expected: Mapping[str, str] = field(default_factory=dict)
    lasting: tuple[str, ...] = ()
    repeated: str = ""
    replayed: str = ""
    afterwards: str = ""
    view: View = everything
    replay_view: View = everything
    harmless: Callable[[Stored, Stored], bool] = operator.eq
    shows: Callable[[Running, Members, Result], None] = _nothing
    meanwhile: Callable[[Running, Members, Result], None] = _nothing

    @property
    def id(self) -> str:
        """``saas-2.0.newInstance``."""
        return f"{self.kind}.{self.name}"

    def request(self, running: Running, members: Members, *, at: str = "", key: str = "") -> OutgoingRequest:
        """A call, signed now, at the row's first address, or at one of it at another gateway."""
        # 1.0 tells calls apart by what is in them: no two are made in the same millisecond.
        running.clock.advance(0.001)
        url = running.url(self.addresses[0], at or GOOD)
        return self.speech.request(url, members, running.clock.now(), key=key)

    def ask(self, running: Running, members: Members) -> Result:
        """The answer to a call."""
        return self.speech.read(running.send(self.request(running, members)))


# ------------------------------------------------------------------------------------------------- common troubles
def internal(running: Running, row: Row) -> Iterator[Try]:
    """The state cannot be opened."""
    yield Try("the state cannot be opened", row.request(running, row.given(running), at=BROKEN))


def unavailable(running: Running, row: Row) -> Iterator[Try]:
    """The state does not answer. It takes a second: the other rows do without."""
    yield Try("the state does not answer", row.request(running, row.given(running), at=SILENT))


def not_ready(running: Running, row: Row) -> Iterator[Try]:
    """The settings are missing."""
    yield Try("no setting is there", row.request(running, row.given(running), at=BARE))


def both(*troubles: Trouble) -> Trouble:
    """All of them."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        for one in troubles:
            yield from one(running, row)

    return trouble


def changed(label: str, **values: Any) -> Trouble:
    """A proper call but for some members; None takes one out, a callable makes its value in the situation."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        made = {name: value(running) if callable(value) else value for name, value in values.items()}
        members = {name: value for name, value in {**row.given(running), **made}.items() if value is not None}
        yield Try(label, row.request(running, members))

    return trouble


def in_situation(label: str, given: Callable[[Running], Members]) -> Trouble:
    """A proper call in another situation."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        yield Try(label, row.request(running, given(running)))

    return trouble
