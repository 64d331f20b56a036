"""Every guide has its saved debugging cases, for every activity, and they break no rule of a good seller."""

from __future__ import annotations

import pytest

from koogallery_simulator import DialTests, SimulatorError
from koogallery_simulator.dialects import kit, license_a, license_b, license_c, saas_v1
from tests.unit.simulator.every_guide import shops

ACTIVITIES = {
    "saas-1": saas_v1.ACTIVITIES,
    "license-a": license_a.ACTIVITIES,
    "license-b": license_b.ACTIVITIES,
    "license-c": license_c.ACTIVITIES,
    "kit-2": kit.ACTIVITIES,
    "kit-1": kit.ACTIVITIES,
}


@pytest.mark.parametrize("dialect", ACTIVITIES)
def test_saved_cases_cover_every_activity_as_debugging_calls(dialect: str) -> None:
    made, seller, _ = shops()
    tests = DialTests(made.caller(dialect))
    assert tests.run().passed
    assert tests.run(seed=3).passed
    assert {case.activity for case in tests.cases} == set(ACTIVITIES[dialect])
    assert {str(message["testFlag"]) for message in seller.messages} == {"1"}
    assert not made.marketplace.instances()
    assert not made.marketplace.violations.all()


def test_failing_case_of_any_guide_freezes_the_catalogue() -> None:
    made, seller, _ = shops()
    seller.answers = lambda message: {"resultCode": "000005"}
    DialTests(made.caller("license-b")).run_days(5)
    with pytest.raises(SimulatorError, match="frozen"):
        made.license_b.buy("license-b")


def test_unknown_dialect_is_told() -> None:
    made, _, _ = shops()
    with pytest.raises(SimulatorError, match="kit-1"):
        made.caller("saas-3")
