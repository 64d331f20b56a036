"""Licences of the current guides: a code that the marketplace makes, and a licence for one device."""

from __future__ import annotations

from typing import Any

from koogallery_simulator import License
from story.sale import said
from story.stage import Stage
from story.verdict import Verdict
from story.voice import Voice

DEVICE = "00-00-5E-00-53-01|disk-0001|board-0001|cpu-0001"


def code(stage: Stage, voice: Voice, verdict: Verdict) -> None:
    """Authorization code: the seller's software asks, the bundle asks the marketplace."""
    voice.act(
        "An authorization code is sold",
        "The marketplace makes it and calls nobody. The software asks the bundle, which has the AK/SK pair.",
    )
    shop = stage.shops.license_b
    text = shop.buy("license-b")
    voice.marketplace(f"sells a licence and shows the buyer the code {text}")
    voice.product(f"activates it: {_ask(stage, 'activate', license=text)['status']}")
    again = _ask(stage, "activate", license=text)
    voice.product(f"activates it once more, unsure of the first time: already activated {again['already_activated']}")
    usage = [{"license": text, "ids": ["user-1", "user-2"]}]
    voice.product(f"reports who uses it: {_ask(stage, 'usage', usage=usage)['reported']} report taken")
    frozen = shop.freeze(text)
    voice.marketplace(f"freezes it: {said(frozen)}; the software now hears {_status(stage, text)}")
    renewed = shop.renew(text)
    alive = _status(stage, text)
    voice.marketplace(f"the buyer renews it: {said(renewed)}; the software now hears {alive}")
    verdict.agree(voice, "the code is alive again, and counts two users", (alive, _users(stage, text)), ("ALIVE", 2))
    released = shop.unsubscribe(text)
    voice.marketplace(f"releases it: {said(released)}")
    stage.timetable.wait(minutes=1)
    told = [event["type"] for event in stage.product.received.values() if event["data"].get("license") == text]
    voice.product(f"was told: {', '.join(told)}")


def for_a_device(stage: Stage, voice: Voice, verdict: Verdict) -> None:
    """Online licence: applied for by a device, made by the product, uploaded by the bundle."""
    voice.act(
        "A licence for one device",
        "The buyer applies in the desktop client; the seller's product makes a file, the bundle uploads it.",
    )
    shop = stage.shops.license_c
    instance_id = shop.buy("license-c")
    voice.marketplace(f"sells it: instance {instance_id[:8]}...; the buyer applies for a licence")
    application = shop.apply(instance_id, fingerprint=DEVICE)
    voice.bundle(f"takes getLicenseAsync up: {said(shop.caller.attempts[-1])}")
    stage.timetable.wait(minutes=3)
    delivered = application.delivered or License(None)
    voice.product(f"makes {delivered.file_name}; the bundle uploads it with its SHA-256")
    wanted = f"licence of {instance_id} for {DEVICE}\n".encode()
    verdict.agree(voice, "the client gets the file, byte for byte", delivered.content, wanted)
    voice.marketplace(f"releases the instance: {said(shop.release(instance_id))}")
    stage.timetable.wait(minutes=1)
    voice.product(f"was told: {', '.join(stage.product.told(instance_id))}")


def _ask(stage: Stage, what: str, **body: object) -> dict[str, Any]:
    return stage.product.call("POST", f"/seller/licenses/{what}", body)


def _status(stage: Stage, text: str) -> str:
    return str(_ask(stage, "heartbeat", license=text)["status"])


def _users(stage: Stage, text: str) -> int:
    return stage.marketplace.license_code(text).users
