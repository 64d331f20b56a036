"""The two stories: the short one, and the one with a product of each kind."""

from __future__ import annotations

from story import enterprise, licences, older, sale, usage
from story.finale import judge
from story.sale import Sold
from story.stage import Stage
from story.verdict import Verdict
from story.voice import Voice


def tell(stage: Stage, voice: Voice) -> Verdict:
    """A yearly and a pay-per-use product of SaaS 2.0, and three hours of bills."""
    verdict = Verdict()
    _introduce(stage, voice, "four hours")
    sold = sale.sell(stage, voice)
    sale.live(stage, voice, sold)
    for part in (usage.first_hour, usage.second_hour, usage.third_hour, usage.release):
        part(stage, voice, sold)
    judge(stage, voice, _names(sold), verdict, [stage.caller])
    return verdict


def tell_all(stage: Stage, voice: Voice) -> Verdict:
    """The same, and between its parts a product of every other kind."""
    verdict = Verdict()
    _introduce(stage, voice, "six hours")
    sold = sale.sell(stage, voice)
    sale.live(stage, voice, sold)
    older.notify(stage, voice, sold, verdict)
    old = older.order(stage, voice)
    licences.code(stage, voice, verdict)
    licences.for_a_device(stage, voice, verdict)
    usage.first_hour(stage, voice, sold)
    older.try_again(stage, voice, old, verdict)
    usage.second_hour(stage, voice, sold)
    older.use(stage, voice, old)
    usage.third_hour(stage, voice, sold)
    usage.release(stage, voice, sold)
    older.end(stage, voice, old)
    enterprise.enterprise(stage, voice, sold.yearly, verdict)
    names = {**_names(sold), old.metered_id: "SaaS 1.0"}
    judge(stage, voice, names, verdict, stage.shops.callers().values())
    return verdict


def _introduce(stage: Stage, voice: Voice, length: str) -> None:
    market, bundle, product = stage.addresses
    voice.remark("A seller's bundle of cloud functions stands between the KooGallery marketplace and the seller's")
    voice.remark(f"product. Here all three run on this machine, and {length} pass in a few seconds.")
    voice.marketplace(f"{market}  simulated: sells, calls, bills, judges every answer")
    voice.bundle(f"{bundle}  the real functions behind a local gateway")
    voice.product(f"{product}  the seller's own server: takes webhooks, reports usage")


def _names(sold: Sold) -> dict[str, str]:
    return {sold.metered: "pay-per-use", sold.yearly: "yearly"}
