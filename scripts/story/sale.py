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
        "The marketplace calls the bundle for each order line, and wants an answer within five seconds.",
    )
    yearly, metered = stage.shop.buy("period-year", "on-demand")
    first, second = list(stage.caller.attempts)[-2:]
    voice.marketplace(f"calls newInstance for both lines of order {_order_of(stage, yearly)}")
    voice.bundle(f"notes instance {yearly[:8]}... for the yearly one, and answers {said(first)} at once")
    voice.bundle(f"notes instance {metered[:8]}... for the pay-per-use one, and answers {said(second)}")
    sold = Sold(yearly, metered)
    _open(stage, voice, sold)
    return sold


def _open(stage: Stage, voice: Voice, sold: Sold) -> None:
    product = stage.product
    stage.timetable.wait(minutes=1)
    voice.bundle("reads the order at the marketplace, and tells the product by signed webhook")
    voice.product(f"is told {product.told(sold.yearly)[0]} for the yearly one; its account is ready at once:")
    voice.product("the access data goes back in the answer to the webhook")
    voice.product(f"is told {product.told(sold.metered)[0]} for the pay-per-use one; that account takes a while")
    _poll(stage, voice, sold)
    stage.timetable.wait(minutes=2)
    status = product.finish_account(sold.metered)["status"]
    voice.product(f"has it ready now: PUT /seller/instances/{sold.metered[:8]}.../access makes it {status}")
    _poll(stage, voice, sold)


def _poll(stage: Stage, voice: Voice, sold: Sold) -> None:
    names = {sold.yearly: "yearly", sold.metered: "pay-per-use"}
    answers = [
        f"{names[str(attempt.callback.members['instanceId'])]} {said(attempt)}"
        for attempt in stage.caller.poll_pending()
    ]
    voice.marketplace(f"asks {QUERY_INSTANCE}: {', '.join(answers)}")


def live(stage: Stage, voice: Voice, sold: Sold) -> None:
    """The yearly product is renewed, frozen, thawed and upgraded."""
    voice.act("The yearly product lives: renewed, frozen, unfrozen, upgraded")
    before = stage.marketplace.instance(sold.yearly).expire_time
    renewed = stage.shop.renew(sold.yearly)
    after = stage.marketplace.instance(sold.yearly).expire_time
    voice.marketplace(f"renews it: expires {after:%Y-%m-%d} instead of {before:%Y-%m-%d}, result {said(renewed)}")
    stage.timetable.wait(minutes=3)
    frozen = stage.shop.freeze(sold.yearly)
    voice.marketplace(f"freezes it because of a complaint, result {said(frozen)}")
    again = stage.caller.resend(frozen)
    voice.marketplace(f"sends the very same request a second time: {said(again)}")
    stage.timetable.wait(minutes=3)
    voice.marketplace(f"unfreezes it, result {said(stage.shop.unfreeze(sold.yearly))}")
    voice.marketplace(f"upgrades it, result {said(stage.shop.upgrade(sold.yearly, 'period-year-large'))}")
    stage.timetable.wait(minutes=2)
    voice.product(f"was told, each once and in order: {', '.join(stage.product.told(sold.yearly))}")


def _order_of(stage: Stage, instance_id: str) -> str:
    return stage.marketplace.instance(instance_id).line.order_id


def said(attempt: Attempt) -> str:
    """Result code and message of an answer."""
    message = attempt.document.get("resultMsg") if attempt.document else attempt.failure
    return f"{attempt.code} ({message})"
