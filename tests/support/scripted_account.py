"""A scripted account and far ends for the doctor: healthy unless a test says what fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from doctor.account import Account
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
from doctor.diagnosis import World, diagnose
from doctor.errors import ProbeFailed
from doctor.finding import Finding
from koogallery.clock import FrozenClock
from tests.support.deployed import CLOUD_SETTINGS, DOMAIN, PARAMETERS, project_bundle, subject

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)


def deployed() -> list[FunctionSeen]:
    """All functions of the stage, as apply leaves them."""
    return [
        FunctionSeen(
            f"koogallery_prod_{one.name}",
            f"urn:fss:cn-north-4:p:function:default:koogallery_prod_{one.name}",
            "Python3.10",
            PARAMETERS["configAgency"],
            PARAMETERS["runAgency"],
            one.in_vpc,
        )
        for one in project_bundle().components.values()
    ]


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

    def has_log_group(self, name: str) -> bool:
        self._asked("has_log_group")
        return bool(self.there) and name == "koogallery_prod"

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


_NOT_SOLD = ("MARKETPLACE_V1_KEYS", "MARKETPLACE_KIT_KEYS", "KIT_PRIVATE_KEY")
SETTINGS = {name: value for name, value in CLOUD_SETTINGS.items() if name not in _NOT_SOLD}
"""Of a seller without products on 1.0 and without joint products: answers that must be signed are not made here."""


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
