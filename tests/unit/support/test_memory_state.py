"""The state in memory holds the contract of the port, so that tests on it mean something."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.functional.state import test_state_contract as contract
from tests.support.memory_state import MemoryState


def rules() -> list[Any]:
    """Every rule of the contract that needs a state and nothing else, with its parameters."""
    found = []
    for name, rule in vars(contract).items():
        if not name.startswith("test_") or not inspect.isfunction(rule):
            continue
        marks = [mark for mark in getattr(rule, "pytestmark", []) if mark.name == "parametrize"]
        if list(inspect.signature(rule).parameters) == ["any_state"] and not marks:
            found.append(pytest.param(rule, id=name))
    return found


@pytest.mark.parametrize("rule", rules())
def test_the_contract_holds(rule: Any) -> None:
    rule(any_state=MemoryState())


def test_the_contract_is_not_empty() -> None:
    assert len(rules()) > 15
