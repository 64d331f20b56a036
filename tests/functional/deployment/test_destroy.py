"""A destroy takes what carries the mark, keeps data that was not named, and leaves others alone."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from deployment.destroy import destroy, doomed
from deployment.errors import NotFinished, Refused
from tests.fake_cloud.state import Alarm, LogGroup
from tests.support.deployments import READY, Rig


def remove(rig: Rig, bucket: str | None = None, table: str | None = None) -> None:
    account = rig.account
    destroy(account, doomed(account, bucket, table), lambda: None, rig.lines.append)


def add_foreign(rig: Rig) -> None:
    """Things of others, with names as near as they can be."""
    cloud = rig.cloud
    cloud.add_function("foreign", description="somebody's")
    cloud.add_function("koogallery_prod_unknown", description="made by hand")
    cloud.add_function("koogallery_test_new_instance", description="koogallery-bundle=test")
    cloud.state.alarms["al" + "0" * 22] = Alarm("al" + "0" * 22, foreign_alarm())
    cloud.state.log_groups["f" * 32] = LogGroup("f" * 32, "foreign", 7)


def foreign_alarm() -> dict[str, Any]:
    return {
        "name": "koogallery_prod_mine",
        "description": "by hand",
        "namespace": "SYS.FunctionGraph",
        "type": "MULTI_INSTANCE",
        "resources": [[{"name": "package-functionname", "value": "default-x"}]],
        "policies": [],
        "enabled": True,
        "notification_enabled": False,
    }


def test_what_others_made_survives_apply_and_destroy(small: Rig) -> None:
    add_foreign(small)
    before = small.cloud.snapshot()
    small.apply()
    remove(small)
    assert small.cloud.snapshot() == before


def test_the_bucket_stays_unless_it_is_named(deployed: Rig) -> None:
    deployed.objects.buckets["example-archive"]["objects"] = {"a", "b"}
    remove(deployed)
    assert deployed.objects.buckets["example-archive"]["objects"] == {"a", "b"}
    remove(deployed, bucket="example-archive")
    assert not deployed.objects.buckets


def test_a_bucket_of_somebody_else_is_refused_before_anything_goes(deployed: Rig) -> None:
    deployed.objects.create_bucket("mine", None)
    before = deployed.cloud.snapshot()
    with pytest.raises(Refused, match="mine"):
        remove(deployed, bucket="mine")
    assert deployed.cloud.snapshot() == before


def test_the_table_goes_only_when_it_is_named_and_through_the_function_that_reaches_it(deployed: Rig) -> None:
    events: list[Any] = []

    def invoke(name: str, qualifier: str, event: Any) -> Any:
        events.append(event)
        return {**READY, "table": "deleted"}

    deployed.cloud.site.invoke = invoke
    remove(deployed, table="koogallery")
    assert events == [{"caller": "deploy", "delete_table": "koogallery"}]
    assert not deployed.cloud.functions


def test_a_table_that_was_not_deleted_stops_the_destroy_before_the_rest_goes(deployed: Rig) -> None:
    before = deployed.cloud.snapshot()
    with pytest.raises(NotFinished, match="nothing else was touched"):
        remove(deployed, table="other")
    assert deployed.cloud.snapshot() == before


def test_a_route_of_somebody_else_keeps_the_group_and_is_told(deployed: Rig) -> None:
    (group,) = deployed.cloud.state.groups.values()
    deployed.cloud.add_api("by_hand", group.id)
    with pytest.raises(NotFinished, match="API group"):
        remove(deployed)
    assert set(deployed.cloud.apis) == {"by_hand"}
    assert not deployed.cloud.functions


def test_a_destroy_cut_off_anywhere_is_ended_by_the_next(deployed: Rig) -> None:
    kept = pickle.dumps(deployed.cloud.state)
    steps = len(doomed(deployed.account).resources)
    for last in range(steps):
        deployed.cloud.state = pickle.loads(kept)  # noqa: S301 - our own state
        passed = iter(range(steps))

        def killed(last: int = last, passed: Any = passed) -> None:
            if next(passed) > last:
                raise KeyboardInterrupt

        account = deployed.account
        try:
            destroy(account, doomed(account), killed, deployed.lines.append)
        except KeyboardInterrupt:
            remove(deployed)
        assert doomed(deployed.account).lines == []


def test_after_a_destroy_everything_can_be_made_again(deployed: Rig) -> None:
    remove(deployed)
    deployed.apply()
    assert deployed.plan() == []
