"""Exact events in, exact replies out: the cases of ``tests/functional/events/<function>.json``.

A case has a ``rule``, what is ``given``, the ``event`` of the platform, the whole ``reply``, and the number of
``writes`` to the state. Every case is told at 2026-11-21T10:05:00Z; callbacks are signed with the key
``basic-interface-key-0001`` for that moment, so a new case is signed with ``World.sign``. Each call also writes
exactly one log line, without any secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.orders import OrderLine
from local_cloud.reply import read_reply
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.world import ACCESS, SECRETS, World

EVENTS = Path(__file__).parents[1] / "events"
ORDER = "CS0000000000TEST1"
INSTANCE = "11111111-2222-4333-8444-555555555555"
STATES = ("nothing", "creating", "active", "frozen", "released")


@dataclass(frozen=True)
class Case:
    """One line of an events file."""

    rule: str
    given: str
    event: dict[str, Any]
    reply: dict[str, Any]
    writes: int

    def __str__(self) -> str:
        return self.rule


def load(function: str) -> list[Any]:
    """The cases of a function, each a parameter with the rule as its id."""
    told = json.loads((EVENTS / f"{function}.json").read_text(encoding="utf-8"))
    return [pytest.param(case := Case(**fields), id=case.rule) for fields in told]


def order_line(marketplace: Marketplace, product: str = "on-demand", order_id: str = ORDER) -> OrderLine:
    """The order that the cases are about."""
    return marketplace.sell(product, order_id=order_id).lines[0]


def world_with(given: str, product: str = "on-demand") -> World:
    """A world in which the instance ``INSTANCE`` is in the given state; time stands at the beginning."""
    world = World(CountingState(MemoryState()))
    line = order_line(world.marketplace, product)
    if given != "nothing":
        created = saas_v2.new_instance(line)
        assert world.send(Callback(created.activity, {**created.members, "businessId": INSTANCE}, line=line)).accepted
        world.deliver()
    if given in ("active", "frozen", "released"):
        assert world.set_access(INSTANCE, ACCESS)[0] == 200
    if given == "frozen":
        world.shop.freeze(INSTANCE)
    if given == "released":
        world.shop.release(INSTANCE)
    return world


def tell(function: str, case: Case, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Call the function with the event of the case and check everything that is known of it."""
    counted = world.state
    assert isinstance(counted, CountingState)
    counted.reset()
    world.lines.clear()
    capsys.readouterr()
    reply = world.call(function, case.event)
    assert reply == case.reply
    read_reply(reply)
    assert counted.writes == case.writes
    assert len(world.lines) == 1
    check_secrets(capsys.readouterr().err + str(case.reply if case.writes else ""))


def check_secrets(text: str) -> None:
    """No key, no password, no signature."""
    assert not [secret for secret in SECRETS if secret in text]
    assert "signature=" not in text
