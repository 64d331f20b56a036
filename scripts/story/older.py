"""Products of the older guides: SaaS 1.0 paid by use, and a licence that the seller's product makes itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from koogallery_simulator import Attempt, Purchase, Selling
from koogallery_simulator.catalogue import LICENSE_A
from koogallery_simulator.orders import OrderLine
from story.sale import Sold, said
from story.stage import Stage
from story.usage import tally
from story.verdict import Verdict
from story.voice import Voice

MACHINE = "ABCD-1234"
RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class Older:
    """What was ordered ``at`` which time, with the instance ids of the first answers."""

    at: datetime
    metered: OrderLine
    metered_id: str
    licence: OrderLine
    licence_id: str


def order(stage: Stage, voice: Voice) -> Older:
    """Both are ordered; neither can be answered at once."""
    voice.act(
        "Two products of the older guides are ordered",
        "SaaS 1.0 and licence guide A call by GET. They know no later question: what is not ready is asked for again.",
    )
    shops = stage.shops
    metered = shops.saas_v1.order("v1-on-demand").lines[0]
    licence = shops.license_a.order(Purchase((LICENSE_A,), None, (("identificationCode", MACHINE),))).lines[0]
    at, first, second = stage.clock.now(), _open(shops.saas_v1, metered), _open(shops.license_a, licence)
    voice.marketplace(f"calls newInstance of a product paid by use: {said(first)}")
    voice.marketplace(f"calls getLicense for the machine {MACHINE}: {said(second)}")
    stage.timetable.wait(minutes=1)
    instance_id = first.instance_id or ""
    stage.product.finish_account(instance_id)
    voice.product("has the account ready; the licence it has made and sent back in its answer to license.requested")
    return Older(at, metered, instance_id, licence, second.instance_id or "")


def try_again(stage: Stage, voice: Voice, older: Older, verdict: Verdict) -> None:
    """An hour later."""
    voice.act("After an hour the marketplace repeats what it got no answer to")
    stage.timetable.wait_until(older.at + RETRY)
    opened, made = _open(stage.shops.saas_v1, older.metered), _open(stage.shops.license_a, older.licence)
    voice.marketplace(f"calls newInstance again: {said(opened)}, the password encrypted, the answer signed")
    licence = str((made.document or {}).get("license"))
    voice.marketplace(f"calls getLicense again: {said(made)}, the licence is {licence}")
    same = opened.instance_id == older.metered_id and made.instance_id == older.licence_id
    verdict.take(voice, "both under the instance ids of the first answers", [] if same else ["an instance id changed"])
    wanted = f"DESK-{MACHINE}-{older.licence_id[:8]}"
    verdict.take(voice, "and the licence is the product's", [] if licence == wanted else [f"licence {licence}"])


def use(stage: Stage, voice: Voice, older: Older) -> None:
    """The 1.0 product is used; its hour goes out by the old push."""
    voice.act("The SaaS 1.0 product is used", "Its hours go out by the old usage push, into the same bill.")
    now = stage.clock.now()
    report = stage.product.use(older.metered_id, (now - timedelta(minutes=1), "5.25"), (now, "0.5"))
    voice.product(f"reports 5.25 and 0.5 -> {tally(report)}")


def end(stage: Stage, voice: Voice, older: Older) -> None:
    """Both live on a little, and end."""
    voice.act("The older products live and end")
    licences, saas = stage.shops.license_a, stage.shops.saas_v1
    voice.marketplace(f"renews the licence: {said(licences.renew(older.licence_id))}; the licence stays the same")
    voice.marketplace(f"ends it: expireLicense {said(licences.expire(older.licence_id))}")
    voice.marketplace(f"and releaseLicense {said(licences.release(older.licence_id))}")
    voice.marketplace(f"freezes the SaaS 1.0 product by instanceStatus: {said(saas.freeze(older.metered_id))}")
    voice.marketplace(f"and releases it: {said(saas.release(older.metered_id))}")
    stage.timetable.wait(minutes=2)
    for name, instance_id in (("licence", older.licence_id), ("SaaS 1.0 product", older.metered_id)):
        voice.product(f"was told of the {name}: {', '.join(stage.product.told(instance_id))}")


def notify(stage: Stage, voice: Voice, sold: Sold, verdict: Verdict) -> None:
    """The general interface: an order exists."""
    voice.act("The general interface tells of an order", "It has an address and a key of its own: /order-notify.")
    line = stage.marketplace.instance(sold.yearly).line
    voice.marketplace(f"calls orderNotify: {said(stage.shop.notify(line))}")
    stage.timetable.wait(minutes=1)
    told = [event["data"] for event in stage.product.received.values() if event["type"] == "order.notified"]
    orders = [one["order_id"] for one in told]
    verdict.agree(voice, "the product was told order.notified, with the order", orders, [line.order_id])


def _open(shop: Selling, line: OrderLine) -> Attempt:
    callback = shop.opening(line)
    if callback is None:
        raise ValueError("this guide opens nothing")
    return shop.caller.send(callback)
