"""A destroy takes what carries the mark, keeps data that was not named, and leaves others alone."""

from __future__ import annotations

import io
import pickle
import time
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest

from bundle_template import Bundle
from deployment import drop_table
from deployment.destroy import destroy, doomed
from deployment.errors import NotFinished, Refused, Rejected
from deployment.table import delete_table
from koogallery.state import Key
from tests.fake_cloud.state import Alarm, Authorizer, DependencyVersion, LogGroup
from tests.support.deployments import Rig
from tests.support.stores import ACCESS_KEY, SECRET_KEY, new_table_url, open_table

PREPARE = "koogallery_prod_prepare_state"


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
    zipped = DependencyVersion("e" * 32, "d" * 32, "koogallery_prod_extra", 1, "Python3.10", "by hand", b"1", "me")
    cloud.state.dependencies[zipped.id] = zipped
    body = {"name": "koogallery_prod_mine", "type": "FRONTEND", "authorizer_type": "FUNC", "authorizer_uri": "urn"}
    cloud.state.authorizers["c" * 32] = Authorizer("c" * 32, rig.gateway, body)


def one_alarm_more(bundle: Bundle) -> Bundle:
    return replace(bundle, alarms=(*bundle.alarms, replace(bundle.alarms[0], name="late")))


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


def test_what_others_use_stays_and_is_named(deployed: Rig) -> None:
    (package,) = deployed.cloud.state.dependencies
    deployed.cloud.add_function("foreign").latest.depend_version_list.append(package)
    group = next(iter(deployed.cloud.state.groups))
    deployed.cloud.add_api("foreign", group)
    with pytest.raises(NotFinished, match="others use it: API group routes, dependency package core"):
        remove(deployed)
    assert list(deployed.cloud.functions) == ["foreign"]


def test_a_right_that_is_missing_is_not_taken_for_use_by_others(deployed: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = deployed.cloud.answer

    def forbidding(method: str, target: str, *rest: Any) -> tuple[int, Any]:
        if method == "DELETE" and "/fgs/functions/" in target:
            return 403, {"error_code": "FSS.0403", "error_msg": "no right"}
        return answer(method, target, *rest)

    monkeypatch.setattr(deployed.cloud, "answer", forbidding)
    with pytest.raises(Rejected, match="needs the right to do this"):
        remove(deployed)


def test_the_bucket_stays_unless_it_is_named(deployed: Rig) -> None:
    deployed.objects.buckets["example-archive"]["objects"] = {"a", "b"}
    remove(deployed)
    assert deployed.objects.buckets["example-archive"]["objects"] == {"a", "b"}
    remove(deployed, bucket="example-archive")
    assert not deployed.objects.buckets


def test_a_bucket_with_objects_that_cannot_be_deleted_is_given_up_and_says_so(deployed: Rig) -> None:
    deployed.objects.buckets["example-archive"].update(objects={"a", "b"}, locked={"b"})
    with pytest.raises(NotFinished, match=r"1 objects cannot be deleted, such as b \(AccessDenied\)"):
        remove(deployed, bucket="example-archive")
    assert deployed.objects.buckets["example-archive"]["objects"] == {"b"}


def test_what_was_made_after_the_question_is_not_deleted_without_asking(deployed: Rig) -> None:
    account = deployed.account
    confirmed = doomed(account)
    deployed.again(stage="prod", change=one_alarm_more).apply()
    before = deployed.cloud.snapshot()
    with pytest.raises(Refused, match=r"there is more by now \(alarm late\); nothing was deleted"):
        destroy(account, confirmed, lambda: None, deployed.lines.append)
    assert deployed.cloud.snapshot() == before


def test_a_bucket_of_somebody_else_is_refused_before_anything_goes(deployed: Rig) -> None:
    deployed.objects.create_bucket("mine", None)
    before = deployed.cloud.snapshot()
    with pytest.raises(Refused, match="mine"):
        remove(deployed, bucket="mine")
    assert deployed.cloud.snapshot() == before


def as_platform(rig: Rig, settings: dict[str, str]) -> list[str]:
    """Runs what lies in ``latest`` of the function, as FunctionGraph would; notes every qualifier."""
    asked: list[str] = []

    def invoke(name: str, qualifier: str, event: Any) -> Any:
        asked.append(qualifier)
        code = zipfile.ZipFile(io.BytesIO(rig.cloud.function(name).latest.code)).read("index.py")
        module: dict[str, Any] = {}
        exec(compile(code, drop_table.__file__, "exec"), module)  # noqa: S102 - the platform runs what was uploaded
        return module["handler"](event, SimpleNamespace(getUserData=settings.get))

    rig.cloud.site.invoke = invoke
    return asked


@pytest.fixture
def table(dynalite_endpoint: str) -> Any:
    """A table with an item, the settings that name it, and a client that looks."""
    url = new_table_url(dynalite_endpoint)
    open_table(url).put_if_absent(Key("p", "s"), "1")
    name = urlsplit(url).netloc
    settings = {"STATE_URL": url, "STATE_ACCESS_KEY": ACCESS_KEY, "STATE_SECRET_KEY": SECRET_KEY}
    client: Any = botocore.session.get_session().create_client(
        "dynamodb", "cn-north-4", endpoint_url=dynalite_endpoint, aws_access_key_id="a", aws_secret_access_key="b"
    )
    return SimpleNamespace(name=name, settings=settings, names=lambda: client.list_tables()["TableNames"])


def test_the_table_stays_unless_it_is_named(deployed: Rig, table: Any) -> None:
    asked = as_platform(deployed, table.settings)
    remove(deployed)
    assert asked == []
    assert table.name in table.names()


def test_a_named_table_goes_through_the_function_that_reaches_it(deployed: Rig, table: Any) -> None:
    asked = as_platform(deployed, table.settings)
    dependencies = list(deployed.cloud.function(PREPARE).latest.depend_version_list)
    code = deployed.cloud.count
    account = deployed.account
    delete_table(account, table.name)
    assert asked == ["latest"]
    assert deployed.cloud.function(PREPARE).latest.depend_version_list == dependencies
    assert code(operation="update_function_code") == 1
    remove(deployed, table=table.name)
    assert table.name not in gone(table)
    assert not deployed.cloud.functions


def gone(table: Any) -> list[str]:
    """The tables once the deletion has come through."""
    for _ in range(100):
        if table.name not in (names := table.names()):
            return list(names)
        time.sleep(0.05)
    return list(table.names())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "STATE_URL names another table"),
        ({"STATE_URL": ""}, "STATE_URL is missing"),
        ({"STATE_URL": "dynamodb://other?endpoint=http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
def test_a_table_that_was_not_deleted_stops_the_destroy_before_the_rest_goes(
    deployed: Rig, table: Any, changed: dict[str, str], told: str
) -> None:
    as_platform(deployed, {**table.settings, **changed})
    with pytest.raises(NotFinished, match=told) as caught:
        remove(deployed, table="other")
    assert SECRET_KEY not in str(caught.value)
    assert len(deployed.cloud.functions) == 2
    assert table.name in table.names()
    deployed.apply()
    assert deployed.plan() == []


def test_a_route_of_somebody_else_keeps_the_group_and_is_told(deployed: Rig) -> None:
    (group,) = deployed.cloud.state.groups.values()
    deployed.cloud.add_api("koogallery_prod_by_hand", group.id)
    deployed.apply()
    with pytest.raises(NotFinished, match="API group"):
        remove(deployed)
    assert set(deployed.cloud.apis) == {"koogallery_prod_by_hand"}
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
