"""A whole run over scripted worlds: what is looked at when, and what a refusal of one service leaves of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from bundle_template import TemplateError, read_template
from doctor.account import CHECKS, Account
from doctor.answers import Answer
from doctor.certificate import CertificateSeen
from doctor.control_plane import (
    DomainSeen,
    FunctionSeen,
    GatewayLimits,
    GatewaySeen,
    GroupSeen,
    Metric,
    Quota,
    TriggerSeen,
)
from doctor.diagnosis import World, diagnose, template_refused
from doctor.errors import CertificateRefused, HostUnknown, NotReached, ProbeFailed, Refused
from doctor.finding import Finding, Verdict
from koogallery.clock import FrozenClock
from tests.support.deployed import CLOUD_SETTINGS, DOMAIN, PARAMETERS, project_bundle, subject
from tests.unit.doctor.test_account_checks import deployed

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
FORBIDDEN = Refused("answered 403 APIGW.0302", 403, "APIGW.0302")
BROKEN = Refused("answered 500 FSS.0500", 500, "FSS.0500")


class ScriptedPlane:
    """Answers as a healthy account; ``failing`` maps a method's name to what it raises."""

    def __init__(self, there: Sequence[FunctionSeen], /, **failing: ProbeFailed) -> None:
        self.there = [*there, *_prepared(there)]
        self.failing = failing
        self.asked: list[str] = []

    def _asked(self, name: str) -> None:
        self.asked.append(name)
        if name in self.failing:
            raise self.failing[name]

    def quotas(self) -> Mapping[str, Quota]:
        self._asked("quotas")
        return {"fgs_func_num": Quota(400, 30)}

    def functions(self, prefix: str) -> Sequence[FunctionSeen]:
        self._asked("functions")
        return [one for one in self.there if one.name.startswith(prefix)]

    def triggers(self, urn: str) -> Sequence[TriggerSeen]:
        self._asked("triggers")
        name = urn.removesuffix(":!live").rpartition(":")[2]
        return [TriggerSeen("TIMER", f"{name}_0a1b2c3d", "ACTIVE")]

    def invoke(self, urn: str) -> object:
        self._asked("invoke")
        assert urn.endswith(":koogallery_prod_prepare_state:!live")
        return {"table": "ready", "marketplace": "reachable", "webhook": "reachable", "archive": "writable"}

    def gateway(self, instance_id: str) -> GatewaySeen | None:
        self._asked("gateway")
        return GatewaySeen("gw", "Running", "BASIC", "203.0.113.7")

    def gateway_limits(self, instance_id: str) -> GatewayLimits:
        self._asked("gateway_limits")
        return GatewayLimits(40, 250, 50)

    def gateway_features(self, instance_id: str) -> frozenset[str]:
        self._asked("gateway_features")
        return frozenset()

    def group(self, instance_id: str, name: str) -> GroupSeen | None:
        self._asked("group")
        bound = DomainSeen(DOMAIN, resolved=True, has_certificate=True, least_tls="TLSv1.2")
        return GroupSeen("g-1", (bound,), debug_domain_open=False, debug_domain="d")

    def metric_sums(self, metrics: Sequence[Metric], since: datetime, until: datetime) -> Mapping[Metric, float | None]:
        self._asked("metric_sums")
        assert until == AT
        assert since < AT
        return {one: None if one.name == "dead_letters" else 12.0 for one in metrics}

    def has_secret(self, name: str) -> bool:
        self._asked("has_secret")
        return name == "koogallery-kit-key"


def _prepared(functions: Sequence[FunctionSeen]) -> list[FunctionSeen]:
    """``prepare_state``, as every deployed copy has it."""
    if not functions or any(one.name.endswith("prepare_state") for one in functions):
        return []
    name = "koogallery_prod_prepare_state"
    return [FunctionSeen(name, f"urn:fss:r:p:function:default:{name}", "Python3.10", "a", "b", in_vpc=True)]


class EmptyBucket:
    """A bucket without objects."""

    def list(self, prefix: str, limit: int) -> Sequence[str] | None:
        return []


class ScriptedSender:
    """Answers every call with 000000; signed answers are not made, so guides of 1.0 are left out of the settings."""

    def __init__(self, error: ProbeFailed | None = None, date: datetime = AT) -> None:
        self.error, self.date, self.urls = error, date, list[str]()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.urls.append(url)
        if self.error:
            raise self.error
        stamp = {"content-type": "application/json", "date": f"{self.date:%a, %d %b %Y %H:%M:%S} GMT"}
        document = b'{"resultCode":"000000","resultMsg":"success","instanceId":"i","info":[{}]}'
        return Answer(200, stamp, document, 0.1)


SETTINGS = {name: value for name, value in CLOUD_SETTINGS.items() if name != "MARKETPLACE_V1_KEYS"}


def run(
    plane: ScriptedPlane | None,
    sender: ScriptedSender | None = None,
    certificate: Callable[[str, int], CertificateSeen] | None = None,
    *,
    parameters: Mapping[str, str] = PARAMETERS,
    settings: Mapping[str, str] = SETTINGS,
    address: str | None = None,
) -> dict[str, Finding]:
    clock = FrozenClock(AT)
    world = World(
        account=Account(plane, EmptyBucket(), clock) if plane else None,
        sender=sender or ScriptedSender(),
        certificate=certificate or (lambda host, port: CertificateSeen(AT + timedelta(days=60), "TLSv1.3")),
        clock=clock,
        address=address,
    )
    findings = diagnose(subject(parameters, settings), parameters, world, lambda text: None)
    assert len({one.check for one in findings}) == len(findings), "two findings of one check"
    return {one.check: one for one in findings}


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


@pytest.mark.parametrize(
    ("method", "check"),
    [("functions", "account.credentials"), ("gateway", "gateway.running"), ("metric_sums", "timer.ran")],
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


def test_a_certificate_that_is_refused_ends_the_look_from_outside() -> None:
    def refused(host: str, port: int) -> CertificateSeen:
        raise CertificateRefused("the certificate is not trusted: self-signed certificate")

    sender = ScriptedSender()
    found = run(None, sender, refused)
    assert problems(found) == ["outside.certificate"]
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
