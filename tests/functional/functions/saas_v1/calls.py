"""The calls of SaaS 1.0 that the tests of this folder make, and what every refused one must leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.counting_state import CountingState
from tests.support.mortal import Life
from tests.support.saas_v1 import ORDER, V1_KEY, Given, V1World, order

SUCCESS, NOT_AUTHENTIC, ILLEGAL, UNKNOWN, IN_PROCESS, INTERNAL = (f"00000{number}" for number in range(6))
EXPIRY = "20281121100500"
UPGRADE = {"orderId": "CS-UP-1", "skuCode": "sku-2", "productId": "00301-2--0", "amount": "20"}
CALLS: dict[str, Callable[[str], dict[str, str]]] = {
    "newInstance": lambda _: order(),
    "refreshInstance": lambda id_: {
        "instanceId": id_,
        "orderId": "CS-RE-1",
        "expireTime": EXPIRY,
        "orderAmount": "100",
    },
    "expireInstance": lambda id_: {"instanceId": id_, "orderId": ORDER},
    "releaseInstance": lambda id_: {"instanceId": id_, "orderId": ORDER},
    "upgrade": lambda id_: {"instanceId": id_, **UPGRADE},
    "upgradeInstance": lambda id_: {"instanceId": id_, **UPGRADE},
    "instanceStatus": lambda id_: {"instanceId": id_, "instanceStatus": "FREEZE"},
    "queryInstance": lambda id_: {"instanceId": id_},
}
CHANGES = {
    "refreshInstance": "instance.renewed",
    "expireInstance": "instance.frozen",
    "releaseInstance": "instance.released",
    "upgrade": "instance.upgraded",
    "upgradeInstance": "instance.upgraded",
    "instanceStatus": "instance.frozen",
}
EVENTS = {
    "newInstance": ["instance.created"],
    "queryInstance": [],
    **{name: [type_] for name, type_ in CHANGES.items()},
}
ABOUT_ONE = [name for name in CALLS if name != "newInstance"]
MANDATORY = {
    "newInstance": ("businessId", "orderId", "productId", "customerId"),
    "refreshInstance": ("instanceId", "orderId", "expireTime"),
    "expireInstance": ("instanceId",),
    "releaseInstance": ("instanceId",),
    "upgrade": ("instanceId", "orderId", "skuCode", "productId"),
    "upgradeInstance": ("instanceId", "orderId", "skuCode", "productId"),
    "instanceStatus": ("instanceId", "instanceStatus"),
    "queryInstance": ("instanceId",),
}


def counted(world: V1World) -> CountingState:
    """The state of the world, which counts what is done to it."""
    assert isinstance(world.state, CountingState)
    return world.state


def told(world: V1World) -> list[tuple[str, dict[str, Any]]]:
    """Events the product got since the last look."""
    world.deliver()
    found = [(one.type, one.data) for one in world.product.received]
    world.product.received.clear()
    return found


def call(world: V1World, activity: str, instance_id: str = "", **changes: str) -> Given:
    """The answer to a proper call of the activity, but for ``changes``."""
    return world.call_v1(activity, **{**CALLS[activity](instance_id), **changes})


def nothing_changes(world: V1World, query: str, key: str = V1_KEY, life: Life | None = None) -> Given:
    """The answer to a call that must write nothing and say why in one line of the log."""
    counted(world).reset()
    world.lines.clear()
    answer = world.get(query, key=key, life=life)
    assert counted(world).writes == 0
    assert [line["event"] for line in world.lines] == ["callback"]
    assert set(answer.members) <= {"resultCode", "resultMsg", "instanceId"}
    return answer


def parameters_of(world: V1World, activity: str) -> dict[str, str]:
    """Decoded parameters of a proper call about an active instance, without the token."""
    return dict(world.signed(activity, **CALLS[activity](world.open_v1(orderId="CS-OPEN")))[:-1])
