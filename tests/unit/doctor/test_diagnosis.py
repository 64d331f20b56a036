"""A whole run over scripted worlds: what is looked at when, and what a refusal of one service leaves of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bundle_template import TemplateError, read_template
from doctor.account import CHECKS
from doctor.certificate import CertificateSeen
from doctor.diagnosis import template_refused
from doctor.errors import CertificateRefused, HostUnknown, NoAnswer, NotReached, ProbeFailed, Refused
from doctor.finding import Finding, Verdict
from tests.support.deployed import DOMAIN, PARAMETERS, project_bundle
from tests.support.scripted_account import AT, SETTINGS, ScriptedPlane, ScriptedSender, deployed, run

FORBIDDEN = Refused("answered 403 APIGW.0302", 403, "APIGW.0302")
BROKEN = Refused("answered 500 FSS.0500", 500, "FSS.0500")


def problems(found: Mapping[str, Finding]) -> list[str]:
    """Checks with a problem."""
    return [name for name, one in found.items() if one.verdict is Verdict.PROBLEM]


def test_a_healthy_copy_has_no_problem_and_everything_is_looked_at() -> None:
    plane = ScriptedPlane(deployed())
    found = run(plane)
    assert problems(found) == []
    assert found["inside.table"].verdict is found["timer.push_usage.ran"].verdict is Verdict.OK
    assert found["outside.saas_post"].verdict is found["outside.certificate"].verdict is Verdict.OK
    assert found["dead_letters.events"].verdict is found["archive.bucket"].verdict is Verdict.OK


def test_without_credentials_everything_else_is_checked() -> None:
    found = run(None)
    assert problems(found) == []
    assert {found[check].verdict for check in CHECKS} == {Verdict.NOT_CHECKED}
    assert "HUAWEICLOUD_SDK_AK" in found["account.credentials"].todo
    assert found["outside.saas_post"].verdict is Verdict.OK


def test_before_the_first_apply_nothing_is_called_in_the_vpc_or_from_outside() -> None:
    plane, sender = ScriptedPlane([]), ScriptedSender()
    found = run(plane, sender)
    assert problems(found) == []
    assert not {"invoke", "triggers", "metric_sums"} & set(plane.asked)
    assert found["outside.calls"].todo == "run ./scripts/deploy apply"
    assert sender.urls == ["https://mkt.myhuaweicloud.com/"]


@pytest.mark.parametrize("error", [FORBIDDEN, NotReached("could not be reached: Timeout")])
def test_an_account_that_cannot_be_asked_is_not_taken_for_an_empty_one(error: ProbeFailed) -> None:
    found = run(ScriptedPlane(deployed(), functions=error))
    assert found["outside.saas_post"].verdict is Verdict.OK
    assert {found[check].verdict for check in CHECKS[1:]} == {Verdict.NOT_CHECKED}
    assert "deployed" not in " ".join(one.seen for one in found.values())


@pytest.mark.parametrize(
    ("method", "check"),
    [
        ("functions", "account.credentials"),
        ("gateway", "gateway.running"),
        ("has_log_group", "logs.group"),
        ("metric_sums", "timer.ran"),
    ],
)
def test_a_missing_right_is_named_and_the_rest_goes_on(method: str, check: str) -> None:
    found = run(ScriptedPlane(deployed(), **{method: FORBIDDEN}))
    assert problems(found) == [check]
    assert "ReadOnlyAccess" in found[check].todo


@pytest.mark.parametrize("error", [BROKEN, NotReached("could not be reached: Timeout")])
def test_a_service_that_does_not_answer_is_not_the_sellers_problem(error: ProbeFailed) -> None:
    found = run(ScriptedPlane(deployed(), gateway=error))
    assert problems(found) == []
    assert found["gateway.running"].verdict is Verdict.NOT_CHECKED


def test_a_function_that_cannot_run_in_the_vpc_is_a_problem() -> None:
    found = run(ScriptedPlane(deployed(), invoke=ProbeFailed("the call ended with status 500")))
    assert problems(found) == ["inside.reply"]
    assert found["agencies.network"].verdict is Verdict.NOT_CHECKED


def test_secrets_are_looked_for_by_name() -> None:
    given = {**SETTINGS, "KIT_PRIVATE_KEY": "csms:koogallery-kit-key", "MARKETPLACE_SK": "csms:gone"}
    found = run(ScriptedPlane([]), settings=given)
    assert found["secrets.KIT_PRIVATE_KEY"].verdict is Verdict.OK
    assert problems(found) == ["secrets.MARKETPLACE_SK"]


def test_a_clock_that_is_off_is_a_problem() -> None:
    assert problems(run(None, ScriptedSender(date=AT - timedelta(minutes=5)))) == ["clock.skew"]


def test_without_a_network_nothing_is_a_problem() -> None:
    def unknown(host: str, port: int) -> CertificateSeen:
        raise HostUnknown(f"{host} has no address in the DNS")

    found = run(None, ScriptedSender(HostUnknown("the name has no address in the DNS")), unknown)
    assert problems(found) == []
    assert found["clock.skew"].verdict is Verdict.NOT_CHECKED
    assert found["outside.reachable"].verdict is Verdict.WARNING


def test_calls_without_an_answer_are_told_and_the_rest_is_given_up() -> None:
    found = run(None, ScriptedSender(NoAnswer("no answer within 10 s: ReadTimeoutError")))
    assert problems(found) == ["outside.saas_post", "outside.seller_interface"]
    assert found["outside.saas_post"].seen.count("no answer within 10 s") == 3
    assert found["outside.calls"].seen == "gave up after 3 calls without an answer"
    assert found["clock.skew"].verdict is Verdict.NOT_CHECKED


def test_a_certificate_that_is_refused_ends_the_look_from_outside() -> None:
    def refused(host: str, port: int) -> CertificateSeen:
        raise CertificateRefused("the certificate is not trusted: self-signed certificate")

    sender = ScriptedSender()
    found = run(None, sender, refused)
    assert problems(found) == ["outside.certificate"]
    assert len(sender.urls) == 1


def test_a_key_that_cannot_sign_is_told_and_nothing_is_called() -> None:
    sender = ScriptedSender()
    found = run(None, sender, settings={**SETTINGS, "MARKETPLACE_ACCESS_KEYS": "half-a-pair-\ud800"})
    assert problems(found) == ["settings.form"]
    assert found["outside.calls"].verdict is Verdict.NOT_CHECKED
    assert len(sender.urls) == 1


def test_another_port_than_443_is_a_problem() -> None:
    assert problems(run(None, address=f"https://{DOMAIN}:8443")) == ["outside.port"]


def test_without_a_domain_the_address_is_not_known() -> None:
    given = {name: value for name, value in PARAMETERS.items() if name != "domain"}
    found = run(None, parameters=given)
    assert problems(found) == ["parameters.given"]
    assert found["outside.calls"].verdict is Verdict.NOT_CHECKED


def test_a_broken_template_is_told_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    text = project_bundle().path.read_text("utf-8")
    file.write_text(text.replace("timeout: 10", "timeout: 2", 2), encoding="utf-8")
    with pytest.raises(TemplateError) as refused:
        read_template(file)
    findings = template_refused(refused.value)
    assert len(findings) == 2
    assert {one.verdict for one in findings} == {Verdict.PROBLEM}
    assert all(one.seen.startswith("template.yaml:") for one in findings)
