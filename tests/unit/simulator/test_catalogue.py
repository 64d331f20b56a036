"""The catalogue of products: what can be sold, and what a freeze stops."""

from __future__ import annotations

import pytest

from koogallery_simulator import ChargingMode, OrderType, Product
from tests.unit.simulator.tools import marketplace, opened


def test_frozen_product_cannot_be_sold_and_orders_about_it_still_can() -> None:
    market, _ = marketplace()
    instance = opened(market)
    market.catalogue.freeze([instance.product.product_id])
    with pytest.raises(Exception, match="frozen"):
        market.sell("on-demand")
    assert market.order_about("inst-a", OrderType.UNSUBSCRIBE).lines[0].instance_id == "inst-a"
    other = Product("OFFI-other", "sku", "Other", ChargingMode.ONE_TIME)
    market.catalogue.add("other", other)
    assert market.sell("OFFI-other").lines[0].product is other
    market.catalogue.unfreeze()
    assert len(market.sell("on-demand").lines) == 1
