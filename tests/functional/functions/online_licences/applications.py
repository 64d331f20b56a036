"""Applications for an online licence, and what the product is shown of them."""

from __future__ import annotations

from typing import Any

from tests.support.licences import LicenseWorld

LICENCE = "SYNTH-ONLINE-LICENCE-1"
DEVICE = "00:11:22:33:44:55,66|DISK-1|BOARD-1|CPU-1"
INTERNAL = (500, {"error_code": "CBC.0999", "error_msg": "internal"})
REFUSED = (200, {"error_code": "91381037", "error_msg": "licence format wrong"})


def application(instance_id: str, event_id: str = "EV-1", **changes: Any) -> dict[str, Any]:
    """getLicenseAsync for an instance, proper but for ``changes``."""
    return {
        "activity": "getLicenseAsync",
        "instanceId": instance_id,
        "effectiveTime": "2026-11-21 10:30:15 z",
        "expireTime": "2030-10-27 10:30:15 z",
        "eventId": event_id,
        "deviceFingerprint": DEVICE,
        **changes,
    }


def applied(world: LicenseWorld, event_id: str = "EV-1") -> str:
    """An instance, an application for it, told to the product."""
    instance_id = world.open_online()
    assert world.new(application(instance_id, event_id))["resultCode"] == "000000"
    world.deliver()
    return instance_id


def shown(world: LicenseWorld, event_id: str = "EV-1") -> dict[str, Any]:
    """What the product reads of an application."""
    status, document = world.licences("GET", event_id)
    assert status == 200
    return dict(document)


def later(world: LicenseWorld, times: int = 1, seconds: float = 3700) -> None:
    """Time passes and deliver_events runs, ``times`` over."""
    for _ in range(times):
        world.clock.advance(seconds)
        world.deliver()
