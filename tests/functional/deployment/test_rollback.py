"""A rollback moves aliases and nothing else, all functions together, and can be undone."""

from __future__ import annotations

import pytest

from deployment.errors import Refused
from deployment.rollback import rollback
from deployment.status import status
from tests.functional.deployment.conftest import forget
from tests.support.deployments import Rig

DOOR, PREPARE = "koogallery_prod_new_instance", "koogallery_prod_prepare_state"


def live(rig: Rig) -> dict[str, str]:
    return {name: function.aliases["live"].version for name, function in rig.cloud.functions.items()}


def back(rig: Rig, to: str | None = None) -> str:
    return rollback(rig.account, to, lambda: None, rig.lines.append)


def test_back_and_forward_again(deployed: Rig) -> None:
    first = live(deployed)
    deployed.text = "2"
    deployed.apply()
    second = live(deployed)
    assert set(first.values()).isdisjoint(second.values())
    forget(deployed)
    back(deployed)
    assert live(deployed) == first
    assert {call.operation for call in deployed.cloud.calls if call.writes} == {"update_version_alias"}
    back(deployed)
    assert live(deployed) == second
    assert deployed.plan() == []


def test_functions_that_did_not_change_in_the_release_stay_where_they_are(deployed: Rig) -> None:
    first = live(deployed)
    deployed.texts["new_instance"] = "2"
    deployed.apply()
    back(deployed)
    assert live(deployed) == first


def test_an_apply_after_a_rollback_goes_forward_and_the_next_rollback_skips_nothing(deployed: Rig) -> None:
    first = live(deployed)
    deployed.text = "2"
    deployed.apply()
    back(deployed)
    assert any(change.resource.kind == "alias" for change in deployed.plan())
    deployed.text = "3"
    deployed.apply()
    back(deployed)
    assert live(deployed) == first


def test_any_remembered_release_can_be_named(deployed: Rig) -> None:
    first = status(deployed.account)["release"]
    wanted = live(deployed)
    for text in ("2", "3"):
        deployed.text = text
        deployed.apply()
    assert back(deployed, first) == first
    assert live(deployed) == wanted


def test_an_unknown_release_is_refused_with_the_known_ones(deployed: Rig) -> None:
    with pytest.raises(Refused, match=r"there are r[0-9a-f]{8}"):
        back(deployed, "r00000000")


def test_the_first_release_has_none_before_it(deployed: Rig) -> None:
    with pytest.raises(Refused, match="no release before"):
        back(deployed)


def test_a_rollback_cut_off_asks_where_to_go_and_is_ended_by_naming_it(deployed: Rig) -> None:
    first = status(deployed.account)["release"]
    wanted = live(deployed)
    deployed.text = "2"
    deployed.apply()

    moved: list[str] = []

    def killed_at_the_second() -> None:
        if moved:
            raise KeyboardInterrupt
        moved.append("one")

    with pytest.raises(KeyboardInterrupt):
        rollback(deployed.account, None, killed_at_the_second, deployed.lines.append)
    with pytest.raises(Refused, match="say where to go with --to"):
        back(deployed)
    back(deployed, first)
    assert live(deployed) == wanted


def test_nothing_moves_when_a_version_was_deleted(deployed: Rig) -> None:
    old = live(deployed)[DOOR]
    deployed.text = "2"
    deployed.apply()
    second = live(deployed)
    del deployed.cloud.function(DOOR).versions[old]
    with pytest.raises(Refused, match=f"new_instance {old}"):
        back(deployed)
    assert live(deployed) == second


def test_a_function_that_did_not_exist_then_keeps_its_version(deployed: Rig) -> None:
    first = status(deployed.account)["release"]
    deployed.cloud.function(PREPARE).aliases["live"].description = "koogallery-bundle=prod"
    deployed.text = "2"
    deployed.apply()
    newer = live(deployed)[PREPARE]
    back(deployed, first)
    assert live(deployed)[PREPARE] == newer
    assert status(deployed.account)["release"] == first


def test_status_says_what_runs(deployed: Rig) -> None:
    told = status(deployed.account)
    assert told["prepared"] == "2026-11-21T10:00Z"
    assert told["confirmed"]
    assert told["domains"] == ["shop.example.test"]
    by_name = {one["name"]: one for one in told["functions"]}
    assert by_name["prepare_state"]["timers"] == ["Rate 1m"]
    assert by_name["new_instance"]["reserved"] == 1
    assert by_name["new_instance"]["version"] == live(deployed)[DOOR]
    assert deployed.cloud.count(writes=True) == 0
