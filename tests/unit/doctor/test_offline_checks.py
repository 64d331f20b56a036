"""Everything that can be found out without network and credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bundle_template import Policy
from doctor import inputs, parameter_checks, route_checks, setting_checks, setting_forms
from doctor.control_plane import GatewayLimits
from doctor.diagnosis import check_offline
from doctor.finding import Finding, Verdict
from tests.support.deployed import CLOUD_SETTINGS, PARAMETERS, project_bundle, subject

SECRETS = [value for name, value in CLOUD_SETTINGS.items() if "KEY" in name or "SECRET" in name]


def bad(findings: list[Finding]) -> dict[str, str]:
    """Text of every finding that is not ok, by check."""
    return {one.check: one.seen for one in findings if one.verdict is not Verdict.OK}


def settings_with(**changes: str) -> dict[str, str]:
    """The right settings with changes; an empty one is taken out."""
    return {name: value for name, value in {**CLOUD_SETTINGS, **changes}.items() if value}


def parameters_with(**changes: str) -> dict[str, str]:
    """The right parameters with changes."""
    return {**PARAMETERS, **changes}


# -------------------------------------------------------------------------------------------------------- all is well
def test_a_seller_who_gave_everything_has_no_problem() -> None:
    assert bad(check_offline(subject(), PARAMETERS)) == {}


def test_no_finding_holds_a_value_of_a_secret() -> None:
    broken = {name: value + "\udc80," for name, value in CLOUD_SETTINGS.items()}
    for settings in (CLOUD_SETTINGS, broken):
        for one in check_offline(subject(settings=settings), PARAMETERS):
            assert not any(secret in one.seen + one.todo for secret in SECRETS)


# --------------------------------------------------------------------------------------------------------- parameters
def test_a_missing_parameter_is_named() -> None:
    given = {name: value for name, value in PARAMETERS.items() if name not in ("vpcId", "domain")}
    found = bad(parameter_checks.check_parameters(subject(given), given))
    assert found["parameters.given"] == "without a value: vpcId, domain"
    assert "not given" in found["domain.form"]


def test_a_misspelt_parameter_is_only_a_warning() -> None:
    given = parameters_with(vpcID="x")
    findings = parameter_checks.check_parameters(subject(given), given)
    assert [(one.check, one.verdict) for one in findings if one.verdict is not Verdict.OK] == [
        ("parameters.known", Verdict.WARNING)
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("region", "Beijing"), ("tableName", "a.b"), ("bucketName", "A_B"), ("runtime", "Python3.11")]
)
def test_a_value_the_cloud_would_refuse_is_a_problem(name: str, value: str) -> None:
    assert "parameters.form" in bad(parameter_checks.check_parameters(subject(parameters_with(**{name: value})), {}))


def test_a_value_that_does_not_fit_where_it_is_used_is_a_problem() -> None:
    given = parameters_with(callbackMemory="plenty")
    found = bad(check_offline(subject(given), given))
    assert set(found) == {"parameters.fit"}
    assert "memory" in found["parameters.fit"].lower()


@pytest.mark.parametrize(
    ("domain", "word"),
    [
        ("203.0.113.7", "IP address"),
        ("abc123.apic.cn-north-4.huaweicloudapis.com", "debug domain"),
        ("https://shop.example.com", "no domain name"),
        ("shop.example.com:8443", "no domain name"),
        ("shop", "no domain name"),
        ("-a.example.com", "no domain name"),
    ],
)
def test_a_domain_the_marketplace_would_not_call_is_a_problem(domain: str, word: str) -> None:
    found = parameter_checks.check_domain(subject(parameters_with(domain=domain)))
    assert found.verdict is Verdict.PROBLEM
    assert word in found.seen


# ----------------------------------------------------------------------------------------------------------- settings
def test_missing_settings_are_named_unless_optional() -> None:
    given = settings_with(STATE_URL="", MARKETPLACE_KIT_KEYS="", SELLER_WEBHOOK_SECRET="")
    found = bad(setting_checks.check_settings(subject(settings=given)))
    assert found == {"settings.present": "without a value: SELLER_WEBHOOK_SECRET, STATE_URL"}


def test_a_setting_that_nothing_reads_is_named() -> None:
    assert bad(setting_checks.check_settings(subject(settings=settings_with(MARKETPLACE_KEY="x")))) == {
        "settings.known": "nothing reads: MARKETPLACE_KEY"
    }


def test_settings_over_4096_characters_name_function_and_longest() -> None:
    given = settings_with(KIT_PRIVATE_KEY="k" * 3900)
    found = bad(setting_checks.check_settings(subject(settings=given)))
    assert found["settings.size"].startswith("sync_application: ")
    assert "KIT_PRIVATE_KEY alone has 3900" in found["settings.size"]


def test_more_than_twenty_names_are_a_problem() -> None:
    bundle = project_bundle()
    names = tuple(f"S{number}" for number in range(21))
    component = replace(bundle.components["notify_order"], settings=names)
    crowded = replace(bundle, components={**bundle.components, "notify_order": component})
    given = {**CLOUD_SETTINGS, **dict.fromkeys(names, "v")}
    found = bad(setting_checks.check_settings(subject(settings=given, bundle=crowded)))
    assert found["settings.size"] == "notify_order: 21 plain settings, 20 are allowed"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"SELLER_WEBHOOK_URL": "http://product.example.com/"}, "https"),
        ({"SELLER_WEBHOOK_URL": "http://127.0.0.1:9000/"}, "cannot reach your machine"),
        ({"SELLER_WEBHOOK_SECRET": "secret"}, "whsec_"),
        ({"MARKETPLACE_ENDPOINT": "https://shop.example.com"}, "no site of the marketplace"),
        ({"MARKETPLACE_ACCESS_KEYS": ","}, "holds no key"),
        ({"STATE_URL": "sqlite:////tmp/state.db"}, "dynamodb://"),
        ({"STATE_URL": "dynamodb://other?endpoint=http://192.168.0.10"}, "another table"),
        ({"STATE_URL": "dynamodb://koogallery?endpoint=http://table.example.com"}, "must be https"),
        ({"ARCHIVE_URL": "file:///tmp/archive"}, "s3://"),
        ({"ARCHIVE_URL": "s3://other?endpoint=https://obs.cn-north-4.myhuaweicloud.com"}, "another bucket"),
        ({"STATE_ENCRYPTION_KEY": "c2hvcnQ="}, "32 bytes"),
        ({"KIT_PRIVATE_KEY": "not a key"}, "neither PKCS#8"),
        ({"RETENTION_DAYS": "7"}, "at least 23"),
    ],
)
def test_a_malformed_setting_is_named_with_what_is_wrong(changes: Mapping[str, str], word: str) -> None:
    (found,) = [
        one
        for one in setting_forms.check_forms(subject(settings=settings_with(**changes)))
        if one.verdict is not Verdict.OK
    ]
    assert found.verdict is Verdict.PROBLEM
    assert found.seen.startswith(next(iter(changes)))
    assert word in found.seen


def test_a_reference_to_a_secret_is_not_looked_into() -> None:
    given = settings_with(KIT_PRIVATE_KEY="csms:koogallery-kit-key")
    findings = {one.check: one for one in setting_forms.check_forms(subject(settings=given))}
    assert findings["settings.references"].seen == "kept in secrets of CSMS: KIT_PRIVATE_KEY"
    assert findings["settings.form"].verdict is Verdict.OK
    impossible = setting_forms.check_forms(subject(settings=settings_with(KIT_PRIVATE_KEY="csms:a b")))
    assert bad(impossible)["settings.form"].startswith("KIT_PRIVATE_KEY refers to no possible secret")


def test_references_need_the_address_of_the_secret_store() -> None:
    given = settings_with(KIT_PRIVATE_KEY="csms:koogallery-kit-key", CSMS_ENDPOINT="")
    found = bad(setting_checks.check_settings(subject(settings=given)))
    assert found == {"settings.references": "KIT_PRIVATE_KEY are in CSMS, without an address"}
    assert bad(setting_checks.check_settings(subject(settings=settings_with(CSMS_ENDPOINT="")))) == {}


def test_what_the_seller_does_not_set_has_the_address_of_the_region() -> None:
    parameters = parameters_with(region="ap-southeast-3")
    read = inputs.read_subject(project_bundle(), parameters, {"CSMS_ENDPOINT": "https://own.example.com"}, {}, "prod")
    assert read.settings["CES_ENDPOINT"] == "https://ces.ap-southeast-3.myhuaweicloud.com"
    assert read.settings["CSMS_ENDPOINT"] == "https://own.example.com"


def test_alarms_on_the_bundles_own_metrics_need_somewhere_to_write_them() -> None:
    (found,) = [
        one
        for one in setting_checks.check_settings(subject(settings=settings_with(CES_ENDPOINT="")))
        if one.verdict is not Verdict.OK
    ]
    assert (found.check, found.verdict) == ("settings.metrics", Verdict.WARNING)
    assert "dead_letters" in found.seen


# ------------------------------------------------------------------------------------------------------------- routes
def test_the_projects_own_routes_fit_a_new_gateway() -> None:
    (size, archive) = route_checks.check_routes(project_bundle())
    assert size.verdict is archive.verdict is Verdict.OK
    assert "at most 5 on one API" in size.seen


def test_policies_over_the_quota_are_a_problem_and_the_front_door_needs_none() -> None:
    bundle = project_bundle()
    limits = GatewayLimits(policies_of_an_api=3, apis=250, authorizers=None)
    found = {one.check: one.verdict for one in route_checks.check_quotas(bundle, limits)}
    assert found["quota.policies"] is Verdict.PROBLEM
    assert found["quota.authorizers"] is Verdict.NOT_CHECKED
    assert found["quota.policies_per_gateway"] is Verdict.WARNING
    doors = replace(bundle, routes=tuple(replace(route, through="front_door") for route in bundle.routes))
    found = {one.check: one.verdict for one in route_checks.check_quotas(doors, limits)}
    assert found["quota.policies"] is Verdict.OK
    assert "quota.policies_per_gateway" not in found


def test_six_policies_on_a_route_are_a_problem_before_anybody_is_asked() -> None:
    bundle = project_bundle()
    route = next(one for one in bundle.routes if one.policies)
    policy: Policy = route.policies[0]
    crowded = replace(bundle, routes=(replace(route, policies=(policy,) * 6),))
    assert route_checks.check_routes(crowded)[0].verdict is Verdict.PROBLEM
