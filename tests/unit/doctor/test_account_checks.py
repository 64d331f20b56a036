"""What the account's services said, judged: functions, agencies, gateway, timers, archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bundle_template import Timer
from doctor import archive_checks, function_checks, gateway_checks, timer_checks
from doctor.control_plane import DomainSeen, GatewaySeen, GroupSeen, Metric, Quota, TriggerSeen
from doctor.finding import Finding, Verdict
from tests.support.deployed import DOMAIN, project_bundle, subject
from tests.support.scripted_account import deployed

OK, WARNING, PROBLEM, NOT_CHECKED = Verdict.OK, Verdict.WARNING, Verdict.PROBLEM, Verdict.NOT_CHECKED


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    """By check."""
    return {one.check: one.verdict for one in findings}


def test_the_log_group_is_missed_once_functions_are_there() -> None:
    for there, functions, verdict in [(True, True, OK), (False, True, PROBLEM), (False, False, NOT_CHECKED)]:
        assert function_checks.check_log_group("g", there=there, deployed=functions).verdict is verdict


# ---------------------------------------------------------------------------------------------------------- functions
def test_functions_as_the_template_has_them_are_fine() -> None:
    assert verdicts(function_checks.check_functions(subject(), deployed())) == {"functions.there": OK}


def test_before_the_first_apply_nothing_is_wrong() -> None:
    assert verdicts(function_checks.check_functions(subject(), [])) == {"functions.there": NOT_CHECKED}


def test_a_missing_function_is_a_problem() -> None:
    (found,) = function_checks.check_functions(subject(), deployed()[1:])
    assert (found.verdict, found.seen) == (PROBLEM, "missing: koogallery_prod_route_activity")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"runtime": "Python3.9"}, "runtime 'Python3.9'"),
        ({"xrole": "other"}, "agency 'other'"),
        ({"app_xrole": ""}, "execution agency ''"),
        ({"in_vpc": False}, "is not in the VPC"),
    ],
)
def test_a_function_that_was_changed_by_hand_is_named(change: dict[str, object], word: str) -> None:
    functions = [replace(one, **change) if one.name.endswith("push_usage") else one for one in deployed()]  # type: ignore[arg-type]
    (found,) = function_checks.check_functions(subject(), functions)
    assert found.verdict is PROBLEM
    assert found.seen.startswith("koogallery_prod_push_usage")
    assert word in found.seen


def test_the_quota_has_to_hold_the_functions_that_are_not_there_yet() -> None:
    count = len(project_bundle().components)
    for free, there, verdict in [(count, [], OK), (count - 1, [], PROBLEM), (0, deployed(), OK)]:
        quotas = {"fgs_func_num": Quota(400, 400 - free)}
        assert function_checks.check_function_quota(subject(), quotas, there).verdict is verdict
    assert function_checks.check_function_quota(subject(), {}, []).verdict is NOT_CHECKED


# -------------------------------------------------------------------------------------------------- inside the VPC
GOOD = {"table": "ready", "marketplace": "reachable", "webhook": "reachable", "archive": "writable"}


def test_what_prepare_state_finds_well_is_well() -> None:
    assert set(verdicts(function_checks.check_prepared(GOOD)).values()) == {OK}


@pytest.mark.parametrize(
    ("part", "said", "verdict", "advice"),
    [
        ("marketplace", "http_unreachable: timeout", PROBLEM, "NAT gateway"),
        ("webhook", "http_unreachable: refused", PROBLEM, "your product"),
        ("table", "state_unavailable: refused", PROBLEM, "security group"),
        ("archive", "archive_misconfigured: put_object: AccessDenied", PROBLEM, "run agency"),
        ("archive", "not set", WARNING, "ARCHIVE_URL"),
        ("webhook", "not set", WARNING, "SELLER_WEBHOOK_URL"),
        ("table", "not set", PROBLEM, "STATE_URL"),
        ("table", None, NOT_CHECKED, "apply"),
    ],
)
def test_what_prepare_state_finds_wrong_says_what_to_do(part: str, said: object, verdict: Verdict, advice: str) -> None:
    found = {one.check: one for one in function_checks.check_prepared({**GOOD, part: said})}[f"inside.{part}"]
    assert found.verdict is verdict
    assert advice in found.todo


def test_a_reply_that_is_no_object_is_a_problem() -> None:
    assert verdicts(function_checks.check_prepared("boom")) == {"inside.reply": PROBLEM}


def test_rights_of_agencies_are_only_claimed_as_far_as_they_were_used() -> None:
    used = verdicts(function_checks.check_agencies(subject(), deployed(), replied=True))
    assert used == {"agencies.network": OK, "agencies.logs": NOT_CHECKED}
    unused = verdicts(function_checks.check_agencies(subject(), deployed(), replied=False))
    assert unused == {"agencies.network": NOT_CHECKED, "agencies.logs": NOT_CHECKED}


# ------------------------------------------------------------------------------------------------------------ gateway
GATEWAY = GatewaySeen("gw", "Running", "BASIC", "203.0.113.7")


@pytest.mark.parametrize(
    ("gateway", "verdict"),
    [
        (GATEWAY, OK),
        (None, PROBLEM),
        (replace(GATEWAY, status="Frozen"), PROBLEM),
        (replace(GATEWAY, public_address=""), PROBLEM),
    ],
)
def test_the_gateway_has_to_run_and_be_public(gateway: GatewaySeen | None, verdict: Verdict) -> None:
    assert gateway_checks.check_gateway("gw-1", gateway).verdict is verdict


def test_slow_functions_behind_a_route_need_the_feature_for_it() -> None:
    bundle = project_bundle()
    slow = replace(bundle.components["record_usage"], timeout=90)
    changed = replace(bundle, components={**bundle.components, "record_usage": slow})
    assert gateway_checks.check_features(bundle, frozenset()).verdict is OK
    assert gateway_checks.check_features(changed, frozenset()).verdict is WARNING
    assert gateway_checks.check_features(changed, frozenset({"backend_timeout"})).verdict is OK


BOUND = DomainSeen(DOMAIN, resolved=True, has_certificate=True, least_tls="TLSv1.2")
GROUP = GroupSeen("g-1", (BOUND,), debug_domain_open=False, debug_domain="g1.apic.example")


@pytest.mark.parametrize(
    ("group", "domain", "debug"),
    [
        (GROUP, OK, OK),
        (replace(GROUP, domains=()), PROBLEM, OK),
        (replace(GROUP, domains=(replace(BOUND, has_certificate=False),)), PROBLEM, OK),
        (replace(GROUP, domains=(replace(BOUND, least_tls="TLSv1.1"),)), WARNING, OK),
        (replace(GROUP, domains=(replace(BOUND, resolved=False),)), WARNING, OK),
        (replace(GROUP, debug_domain_open=True), OK, WARNING),
    ],
)
def test_the_domain_is_bound_with_a_certificate_and_the_debug_domain_shut(
    group: GroupSeen, domain: Verdict, debug: Verdict
) -> None:
    found = verdicts(gateway_checks.check_group(DOMAIN, "koogallery_prod", group))
    assert found == {"gateway.domain": domain, "gateway.debug_domain": debug}


def test_without_a_group_the_domain_cannot_be_checked() -> None:
    assert verdicts(gateway_checks.check_group(DOMAIN, "koogallery_prod", None)) == {"gateway.domain": NOT_CHECKED}


# ------------------------------------------------------------------------------------------------------------- timers
def timer(schedule: str, kind: str = "Cron") -> Timer:
    """A timer of that schedule."""
    return Timer("sweep", "push_usage", kind, schedule, "{}", 1)


@pytest.mark.parametrize(
    ("kind", "schedule", "minutes"),
    [
        ("Rate", "1m", 75),
        ("Rate", "1h", 75),
        ("Rate", "6h", 375),
        ("Rate", "1d", None),
        ("Cron", "0 1,5,9,13 * * * *", 75),
        ("Cron", "CRON_TZ=Asia/Shanghai 0 1 * * * *", 75),
        ("Cron", "@every 30m", 75),
        ("Cron", "@every 5h", 315),
        ("Cron", "0 * 8-18 * * *", 796),
        ("Cron", "0 0 * * * 1", None),
        ("Cron", "0 15 2 * * ?", None),
        ("Cron", "0 0 0 30 2 *", None),
    ],
)
def test_a_timer_must_have_run_within_its_own_pace(kind: str, schedule: str, minutes: int | None) -> None:
    window = timer_checks.window_of(timer(schedule, kind))
    assert window == (timedelta(minutes=minutes) if minutes else None)


def test_every_timer_of_the_project_can_be_checked() -> None:
    assert all(timer_checks.window_of(one) for one in project_bundle().timers)


@pytest.mark.parametrize(("count", "verdict"), [(None, PROBLEM), (0.0, PROBLEM), (4.0, OK)])
def test_a_timer_without_a_run_is_a_problem(count: float | None, verdict: Verdict) -> None:
    assert timer_checks.check_ran(timer("1m", "Rate"), timedelta(minutes=75), count).verdict is verdict


@pytest.mark.parametrize(
    ("triggers", "verdict"),
    [
        ([TriggerSeen("TIMER", "koogallery_prod_sweep_0a1b2c3d", "ACTIVE")], OK),
        ([TriggerSeen("TIMER", "koogallery_prod_sweep_0a1b2c3d", "DISABLED")], PROBLEM),
        ([TriggerSeen("LTS", "koogallery_prod_sweep", "ACTIVE")], PROBLEM),
        ([TriggerSeen("TIMER", "somebody_elses", "ACTIVE")], PROBLEM),
        ([], PROBLEM),
    ],
)
def test_a_timers_trigger_is_there_and_enabled(triggers: list[TriggerSeen], verdict: Verdict) -> None:
    assert timer_checks.check_trigger(subject(), timer("1m", "Rate"), triggers).verdict is verdict


def test_metrics_are_asked_for_this_copy_alone() -> None:
    copy = subject(stage="trial")
    assert timer_checks.count_of(copy, "push_usage") == Metric(
        "SYS.FunctionGraph", "count", (("package-functionname", "default-koogallery_trial_push_usage"),)
    )
    assert timer_checks.own_metric(copy, "dead_letters").dimensions == (("bundle", "koogallery_trial"),)


@pytest.mark.parametrize(
    ("dead", "alive", "verdict"), [(2.0, 1.0, PROBLEM), (None, 0.0, OK), (0.0, 5.0, OK), (None, None, NOT_CHECKED)]
)
def test_no_news_of_dead_letters_is_good_only_while_news_come(
    dead: float | None, alive: float | None, verdict: Verdict
) -> None:
    assert timer_checks.check_dead_events(dead, alive).verdict is verdict


# ------------------------------------------------------------------------------------------------------------ archive
def test_the_bucket_and_what_lies_dead_in_it() -> None:
    assert archive_checks.check_bucket("b", None).verdict is PROBLEM
    assert archive_checks.check_bucket("b", []).verdict is OK
    assert archive_checks.check_dead_calls("dead-letters/", []).verdict is OK
    found = archive_checks.check_dead_calls("dead-letters/", ["dead-letters/2", "dead-letters/1"])
    assert found.verdict is PROBLEM
    assert found.seen == "2 failed calls below dead-letters/, the last one dead-letters/2"
    assert archive_checks.check_dead_calls("d/", ["d/1"] * 1000).seen.startswith("1000 or more")
