"""First part: two products are sold, opened, and live."""

from __future__ import annotations

from dataclasses import dataclass

from koogallery_simulator import Attempt
from koogallery_simulator.dialects.saas_v2 import QUERY_INSTANCE
from story.stage import Stage
from story.voice import Voice


@dataclass(frozen=True)
class Sold:
    """Instance ids of what was sold."""

    yearly: str
    metered: str


def sell(stage: Stage, voice: Voice) -> Sold:
    """An order of two lines; both instances are there in the end."""
    voice.act(
        "A buyer orders two things: a product for a year, and one that is paid by use",
        "The marketplace calls the bundle for each order line. The bundle answers at once, before anything is set up.",
    )
    yearly, metered = stage.shop.buy("period-year", "on-demand")
    sold = Sold(yearly, metered)
    first, second = list(stage.caller.attempts)[-2:]
    voice.marketplace(f"calls newInstance twice, for order {_order_of(stage, yearly)}")
    voice.bundle(f"yearly      -> instance {yearly}, result {_said(first)}")
    voice.bundle(f"pay-per-use -> instance {metered}, result {_said(second)}")
    _open(stage, voice, sold)
    return sold


def _open(stage: Stage, voice: Voice, sold: Sold) -> None:
    stage.timetable.wait(minutes=1)
    voice.bundle("reads the order at the marketplace and tells the seller's product, with signed webhooks:")
    told = ", ".join((*stage.product.told(sold.yearly), *stage.product.told(sold.metered)))
    voice.product(f"is told {told}; {len(stage.product.received)} signatures fit, {stage.product.refused} do not")
    voice.product("has the yearly account ready: its access data goes back in the answer to the webhook")
    _poll(stage, voice, sold)
    stage.timetable.wait(minutes=2)
    status = stage.product.finish_account(sold.metered)["status"]
    voice.product(f"has the pay-per-use account ready two minutes later: PUT .../access, now it is {status}")
    _poll(stage, voice, sold)


def _poll(stage: Stage, voice: Voice, sold: Sold) -> None:
    names = {sold.yearly: "yearly", sold.metered: "pay-per-use"}
    answers = [
        f"{names[str(attempt.callback.members['instanceId'])]} {_said(attempt)}"
        for attempt in stage.caller.poll_pending()
    ]
    voice.marketplace(f"asks {QUERY_INSTANCE}: {', '.join(answers)}")


def live(stage: Stage, voice: Voice, sold: Sold) -> None:
    """The yearly product is renewed, frozen, thawed and upgraded."""
    voice.act("The yearly product lives: renewed, frozen, unfrozen, upgraded")
    before = stage.marketplace.instance(sold.yearly).expire_time
    renewed = stage.shop.renew(sold.yearly)
    after = stage.marketplace.instance(sold.yearly).expire_time
    voice.marketplace(f"renews it: expires {after:%Y-%m-%d} instead of {before:%Y-%m-%d}, result {_said(renewed)}")
    stage.timetable.wait(minutes=3)
    frozen = stage.shop.freeze(sold.yearly)
    voice.marketplace(f"freezes it because of a complaint, result {_said(frozen)}")
    again = stage.caller.resend(frozen)
    voice.marketplace(f"sends the very same request again (its first answer got lost), result {_said(again)}")
    stage.timetable.wait(minutes=3)
    voice.marketplace(f"unfreezes it, result {_said(stage.shop.unfreeze(sold.yearly))}")
    voice.marketplace(f"upgrades it, result {_said(stage.shop.upgrade(sold.yearly, 'period-year-large'))}")
    stage.timetable.wait(minutes=2)
    voice.product(f"was told, in this order and each once: {', '.join(stage.product.told(sold.yearly))}")


def _order_of(stage: Stage, instance_id: str) -> str:
    return stage.marketplace.instance(instance_id).line.order_id


def _said(attempt: Attempt) -> str:
    message = attempt.document.get("resultMsg") if attempt.document else attempt.failure
    return f"{attempt.code} ({message})"
