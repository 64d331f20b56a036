"""The corrections of an operator, in the hour and for the instance the tests of this folder are about."""

from __future__ import annotations

from koogallery.use_cases.correct_usage import Correction, acknowledge, mark_abnormal, report_again
from tests.functional.operations.desk import HOUR, Desk


def sn_of(desk: Desk, position: int = 0, instance_id: str = "i-1") -> str:
    """metering_sn of a record of the hour."""
    return desk.explain(instance_id).records[position].record.metering_sn


def statuses(desk: Desk, instance_id: str = "i-1") -> list[str]:
    """States of the records of the hour."""
    return [story.trail.status for story in desk.explain(instance_id).records]


def again(desk: Desk, sn: str | None = None) -> Correction:
    """report_again in the hour."""
    return report_again(desk.services(), "i-1", HOUR, sn)


def abnormal(desk: Desk, sn: str | None = None, code: str = "003") -> Correction:
    """mark_abnormal in the hour."""
    return mark_abnormal(desk.services(), "i-1", HOUR, sn, code)


def accept(desk: Desk, sn: str | None = None, note: str = "settled by mail") -> Correction:
    """acknowledge in the hour."""
    return acknowledge(desk.services(), "i-1", HOUR, sn, note)
