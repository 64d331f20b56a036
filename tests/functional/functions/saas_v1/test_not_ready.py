"""SaaS 1.0 while a setting or the state is at fault: an internal error, and a line that names the cause."""

from __future__ import annotations

import pytest

from koogallery.state import StateUnavailable
from tests.functional.functions.saas_v1.calls import INTERNAL, counted, nothing_changes, parameters_of
from tests.support.mortal import Life
from tests.support.saas_v1 import V1_KEY, V1World, query_of, with_token


@pytest.mark.parametrize("keys", ["", " , ", "k" * 600])
def test_without_a_key_the_answer_is_an_internal_error_that_nobody_signs(
    world: V1World, activity: str, keys: str
) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    world.settings["MARKETPLACE_V1_KEYS"] = keys
    answer = nothing_changes(world, query, key="")
    assert (answer.code, answer.members["resultMsg"]) == (INTERNAL, "the service is not ready")
    assert world.lines[0]["reason"].startswith("MARKETPLACE_V1_KEYS ")


@pytest.mark.parametrize(
    ("activity", "name", "value", "signed_by"),
    [
        ("newInstance", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("queryInstance", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("upgrade", "STATE_ENCRYPTION_KEY", "", V1_KEY),
        ("newInstance", "MARKETPLACE_V1_ENCRYPT_TYPE", "3", ""),
        ("queryInstance", "MARKETPLACE_V1_ENCRYPT_TYPE", "3", ""),
    ],
)
def test_another_setting_at_fault_is_an_internal_error(
    world: V1World, activity: str, name: str, value: str, signed_by: str
) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    world.settings[name] = value
    counted(world).reset()
    answer = world.get(query, key=signed_by)
    assert (answer.code, answer.members["resultMsg"]) == (INTERNAL, "the service is not ready")
    assert world.lines[-1]["reason"].startswith(f"{name} ")


def test_a_state_that_does_not_answer_is_an_internal_error(world: V1World, activity: str) -> None:
    query = query_of(with_token(parameters_of(world, activity)))
    answer = nothing_changes(world, query, life=Life(failures={1: StateUnavailable("down")}))
    assert answer.code == INTERNAL
