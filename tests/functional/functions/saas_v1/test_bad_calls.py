"""Calls of SaaS 1.0 that are not authentic, illegal or about nothing: the code says which, and nothing is written."""

from __future__ import annotations

import pytest

from tests.functional.functions.saas_v1.calls import (
    ABOUT_ONE,
    CALLS,
    ILLEGAL,
    IN_PROCESS,
    MANDATORY,
    NOT_AUTHENTIC,
    SUCCESS,
    UNKNOWN,
    nothing_changes,
    parameters_of,
)
from tests.support.saas_v1 import V1World, query_of, with_token


@pytest.mark.parametrize(
    "token", ["A" * 43 + "=", "short", "%%%", "ä" * 44, "A" * 5000, "AAAA AAAA"], ids=lambda text: text[:10]
)
def test_a_wrong_token_is_not_authentic(world: V1World, activity: str, token: str) -> None:
    pairs = [*parameters_of(world, activity).items(), ("authToken", token)]
    assert nothing_changes(world, query_of(pairs)).members["resultMsg"] == "authentication failed"
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC


def test_a_changed_parameter_is_not_authentic(world: V1World, activity: str) -> None:
    pairs = with_token(parameters_of(world, activity))
    for changed in ([*pairs, ("more", "1")], [(name, value + "x") for name, value in pairs[:-1]] + pairs[-1:]):
        assert nothing_changes(world, query_of(changed)).code == NOT_AUTHENTIC
    assert nothing_changes(world, query_of([pairs[0], *pairs[2:]])).code == ILLEGAL


def test_a_key_that_is_not_ours_is_not_authentic(world: V1World, activity: str) -> None:
    pairs = with_token(parameters_of(world, activity), "another-key")
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC


@pytest.mark.parametrize("name", ["authToken", "timeStamp", "activity"])
@pytest.mark.parametrize("empty", [False, True])
def test_without_token_time_or_activity_a_call_is_illegal(
    world: V1World, activity: str, name: str, empty: bool
) -> None:
    pairs = with_token(parameters_of(world, activity))
    kept = [(one, "" if one == name else value) for one, value in pairs if empty or one != name]
    assert nothing_changes(world, query_of(kept)).code == ILLEGAL


@pytest.mark.parametrize(
    ("activity", "name"), [(activity, name) for activity, names in MANDATORY.items() for name in names]
)
@pytest.mark.parametrize("value", [None, "", "x" * 101, "a\nb"])
def test_a_mandatory_parameter_missing_empty_too_long_or_unprintable_is_illegal(
    world: V1World, activity: str, name: str, value: str | None
) -> None:
    given = {**parameters_of(world, activity), name: value}
    pairs = with_token({one: text for one, text in given.items() if text is not None})
    answer = nothing_changes(world, query_of(pairs))
    assert answer.code == ILLEGAL
    assert "x" * 65 not in answer.body.decode()


@pytest.mark.parametrize(
    ("activity", "name", "longest"), [("newInstance", "customerId", 100), ("upgrade", "skuCode", 64)]
)
def test_an_id_may_be_as_long_as_documented(world: V1World, activity: str, name: str, longest: int) -> None:
    given = {**parameters_of(world, activity), name: "x" * longest}
    assert world.get(query_of(with_token(given))).code in (SUCCESS, IN_PROCESS)
    given = {**parameters_of(world, activity), name: "x" * (longest + 1)}
    assert nothing_changes(world, query_of(with_token(given))).code == ILLEGAL


@pytest.mark.parametrize("path", ["/saas", "/"])
@pytest.mark.parametrize("named", ["doSomething", "NEWINSTANCE", "changeInstanceCheck", "getLicense", "x" * 5000])
def test_an_unknown_activity_is_illegal(world: V1World, named: str, path: str) -> None:
    assert world.call_v1(named, path=path, instanceId="i").code == ILLEGAL


@pytest.mark.parametrize(
    ("activity", "changes"),
    [
        ("refreshInstance", {"expireTime": "soon"}),
        ("refreshInstance", {"expireTime": "20281321100500"}),
        ("instanceStatus", {"instanceStatus": "SOLID"}),
        ("queryInstance", {"instanceId": ",,"}),
        ("newInstance", {"testFlag": "2"}),
        ("newInstance", {"timeStamp": "1" * 21}),
        ("newInstance", {"customerName": "x" * 33_000}),
        ("newInstance", {f"name{number}": "1" for number in range(101)}),
    ],
)
def test_values_of_another_form_or_without_end_are_illegal(
    world: V1World, activity: str, changes: dict[str, str]
) -> None:
    pairs = with_token({**parameters_of(world, activity), **changes})
    assert nothing_changes(world, query_of(pairs)).code == ILLEGAL


@pytest.mark.parametrize("activity", ABOUT_ONE)
def test_an_unknown_instance_is_told(world: V1World, activity: str) -> None:
    assert nothing_changes(world, query_of(world.signed(activity, **CALLS[activity]("unknown")))).code == UNKNOWN
