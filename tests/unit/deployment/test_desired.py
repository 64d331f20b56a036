"""The template as resources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bundle_template import Bundle, LogTrigger, read_template
from deployment.desired import desired_resources, timer
from deployment.errors import InputError
from deployment.names import Names
from deployment.resources import Alarm, Api, Authorizer, Function, LiveAlias, LogStream, Resource
from tests.support.deployments import MadeUpArtifact, MadeUpBuild, example_parameters, example_settings

NAMES = Names("prod", "cn-north-4", "p1")


def made_up(bundle: Bundle, size: int = 1, digest: str = "a") -> MadeUpBuild:
    one = MadeUpArtifact(Path("x.zip"), digest * 64, digest * 128, size)
    return MadeUpBuild(dict.fromkeys(bundle.components, one), dict.fromkeys(bundle.layers, one))


def desired(bundle: Bundle, settings: dict[str, str]) -> dict[tuple[str, str], Resource]:
    return {one.key: one for one in desired_resources(bundle, settings, made_up(bundle), NAMES)}


def of(bundle: Bundle, settings: dict[str, str], kind: type[Resource]) -> dict[str, Resource]:
    return {one.name: one for one in desired(bundle, settings).values() if isinstance(one, kind)}


def test_the_same_content_has_the_same_version_and_any_other_another(bundle: Bundle, settings: dict[str, str]) -> None:
    def version(changed: Bundle, given: dict[str, str]) -> str:
        function = of(changed, given, Function)["new_instance"]
        assert isinstance(function, Function)
        return function.version

    first = version(bundle, settings)
    assert version(bundle, dict(settings)) == first
    door = bundle.components["new_instance"]
    for other in (replace(door, memory_size=1024), replace(door, timeout=11), replace(door, concurrency=5)):
        assert version(replace(bundle, components={**bundle.components, door.name: other}), settings) != first
    assert version(bundle, {**settings, "MARKETPLACE_ACCESS_KEYS": "other"}) != first
    assert version(bundle, {**settings, "STATE_URL": "other"}) != first


def test_all_aliases_name_one_release(bundle: Bundle, settings: dict[str, str]) -> None:
    aliases = of(bundle, settings, LiveAlias).values()
    assert len({one.release for one in aliases if isinstance(one, LiveAlias)}) == 1


def test_a_function_that_log_lines_fire_writes_to_a_stream_of_its_own(bundle: Bundle, settings: dict[str, str]) -> None:
    watched = replace(bundle, log_triggers=(LogTrigger("lines", "prepare_state", 1),))
    functions = of(watched, settings, Function)
    assert set(of(watched, settings, LogStream)) == {"functions", "prepare_state"}
    assert {name: one.facts()["log_stream"] for name, one in functions.items()} == {
        "prepare_state": "prepare_state",
        "new_instance": "functions",
    }


def test_an_alarm_of_a_function_and_one_of_the_bundle(bundle: Bundle, settings: dict[str, str]) -> None:
    (rule,) = bundle.alarms
    own = replace(rule, name="own", function=None, metric="dead_letters", runbook="dead-letters")
    alarms = of(replace(bundle, alarms=(rule, own)), settings, Alarm)
    one, other = alarms["fails"], alarms["own"]
    assert isinstance(one, Alarm)
    assert isinstance(other, Alarm)
    assert (one.namespace, one.dimension[1]) == ("SYS.FunctionGraph", "default-koogallery_prod_new_instance")
    assert (other.namespace, other.dimension) == ("KOOGALLERY.Bundle", ("bundle", "koogallery_prod"))
    assert other.runbook == "docs/runbook.md#dead-letters"


def test_a_route_through_the_front_door_has_one_backend_and_needs_no_authorizer(
    bundle: Bundle, settings: dict[str, str]
) -> None:
    door = replace(bundle.components["new_instance"], name="front_door")
    routes = tuple(replace(route, through="front_door") for route in bundle.routes)
    simple = replace(bundle, routes=routes, components={**bundle.components, "front_door": door})
    api = of(simple, settings, Api)["saas_post"]
    assert isinstance(api, Api)
    assert api.function_urn == NAMES.alias_urn("front_door")
    assert (api.policies, api.authorizer) == ((), "")
    assert not of(simple, settings, Authorizer)


def test_only_routes_of_the_marketplace_get_its_form_of_failures(tmp_path: Path) -> None:
    whole = read_template()
    resolved = whole.resolved(example_parameters(whole, "gateway-1"))
    apis = of(resolved, example_settings(resolved), Api)
    answers = {name: bool(one.facts()["responses"]) for name, one in apis.items()}
    assert answers["saas_post"]
    assert answers["order_notify_post"]
    assert answers["kit_saas_v2_sync_tenant"]
    assert not any(answers[name] for name in answers if name.startswith(("seller_", "login_", "logout_")))


def test_timers_of_another_content_have_another_name(bundle: Bundle) -> None:
    (rule,) = bundle.timers
    assert timer(rule, NAMES).name != timer(replace(rule, schedule="2m"), NAMES).name
    assert timer(rule, NAMES) == timer(rule, NAMES)
    with pytest.raises(InputError, match="passes 64 characters"):
        timer(replace(rule, name="t" * 60), NAMES)


@pytest.mark.parametrize(("size", "what"), [(37 * 2**20, "function new_instance"), (31 * 2**20, "layer core")])
def test_packages_that_the_api_would_not_take_are_refused(
    bundle: Bundle, settings: dict[str, str], size: int, what: str
) -> None:
    with pytest.raises(InputError, match=f"{what}: {size} bytes"):
        desired_resources(bundle, settings, made_up(bundle, size), NAMES)


def test_one_runtime_for_all(bundle: Bundle, settings: dict[str, str]) -> None:
    odd = replace(bundle.components["new_instance"], runtime="Python3.12")
    with pytest.raises(InputError, match=r"several runtimes \(Python3.10, Python3.12\)"):
        desired(replace(bundle, components={**bundle.components, "new_instance": odd}), settings)
