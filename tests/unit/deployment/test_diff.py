"""Desired and actual resources as changes, in the order of the work, each with its reason."""

from __future__ import annotations

import pytest

from deployment.diff import Action, Change, differences
from deployment.errors import Refused
from deployment.resources import Api, Bucket, Function, LiveAlias, LogGroup, Policy, Publication, Resource, Timer

DOOR = Function("door", runtime="Python3.10", settings={"A": "1", "B": "2"}, packages=("core@1", "vendor@1"))


def between(desired: list[Resource], actual: list[Resource]) -> list[Change]:
    return differences(desired, {one.key: one for one in actual})


def reasons(desired: Resource, actual: Resource) -> tuple[str, ...]:
    (change,) = between([desired], [actual])
    return change.reasons


def test_nothing_differs_nothing_happens() -> None:
    assert between([DOOR], [DOOR]) == []


def test_settings_are_named_and_their_values_are_not_shown() -> None:
    wanted = Function("door", runtime="Python3.10", settings={"B": "3", "C": "4"}, packages=DOOR.packages)
    assert reasons(wanted, DOOR) == ("settings: +C, -A, B differs",)


def test_secrets_are_compared_by_hash_and_the_hash_is_not_shown() -> None:
    text = reasons(Function("f", secrets="abc"), Function("f", secrets="def"))
    assert text == ("encrypted settings differ (compared by a keyed hash)",)


def test_what_travels_along_is_not_compared() -> None:
    assert between([Function("f", secret_values={"K": "v"})], [Function("f")]) == []
    assert "v!" not in repr(Function("f", secret_values={"K": "v!"}))


def test_packages_and_policies_are_named() -> None:
    other = Function("door", runtime="Python3.10", settings=DOOR.settings, packages=("core@2", "vendor@1"))
    assert reasons(other, DOOR) == ("dependency packages: core",)
    one, two = Policy("one", "urn", (("param", "activity", "a"),)), Policy("two", "urn", ())
    assert reasons(Api("a", policies=(one, two)), Api("a", policies=(one,))) == ("policy backends: two",)


def test_long_values_are_cut() -> None:
    (text,) = reasons(Function("f", handler="h" * 500), Function("f"))
    assert len(text) < 100


def test_functions_come_before_aliases_and_routes_and_the_confirmation_last() -> None:
    changes = between([Publication("routes", "new"), Api("a"), LiveAlias("door"), DOOR, LogGroup("logs")], [Api("old")])
    assert [change.resource.kind for change in changes] == [
        "log group",
        "function",
        "alias",
        "API",
        "API",
        "publication",
    ]
    assert changes[4].action is Action.DELETE


def test_data_is_never_deleted() -> None:
    assert between([], [Bucket("archive"), LogGroup("logs")]) == []


def test_what_hangs_on_a_function_goes_with_it() -> None:
    kinds = [change.resource.kind for change in between([], [DOOR, LiveAlias("door"), Timer("t", "door")])]
    assert kinds == ["function"]


def test_a_replaced_timer_names_its_successor() -> None:
    old, new = Timer("tick_00000001", "door", "Rate", "1m"), Timer("tick_00000002", "door", "Rate", "2m")
    changes = between([DOOR, new], [DOOR, old])
    assert [(change.action, change.reasons) for change in changes] == [
        (Action.CREATE, ("Rate 2m fires door",)),
        (Action.DELETE, ("replaced by tick_00000002",)),
    ]


def test_another_runtime_is_another_function() -> None:
    with pytest.raises(Refused, match=r"door: Python3\.10 → Python3\.12"):
        between([Function("door", runtime="Python3.12")], [Function("door", runtime="Python3.10")])
