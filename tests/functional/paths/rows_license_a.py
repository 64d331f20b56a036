"""The old licence guide ("1.0"): GET, and words of its own for the life of an instance."""

from __future__ import annotations

from collections.abc import Iterator

from tests.functional.paths.callbacks import forged, illegal
from tests.functional.paths.instances import (
    V1,
    licensed,
    order_v1,
    release_v2,
    with_new_business_id,
)
from tests.functional.paths.rows import Members, Result, Row, Try
from tests.functional.paths.rows_saas_v1 import changing_status, expiring, refreshing, releasing
from tests.functional.paths.rows_saas_v2 import INTERNAL
from tests.functional.paths.running import Running

KIND, PART, ADDRESSES = "license-a", "Old licence guide", ("GET /license",)


def _given_meanwhile(running: Running, members: Members, result: Result) -> None:
    del members
    running.give_license(result.members["instanceId"])


def _gets_its_license(running: Running, members: Members, result: Result) -> None:
    assert (result.members["instanceId"], result.members["license"]) == (members["businessId"], "")
    running.give_license(members["businessId"], "LICENCE-OF-THE-ORDER")
    again = V1.read(running.send(V1.request(running.url(ADDRESSES[0]), members, running.clock.now())))
    assert (again.code, again.members["license"]) == ("000000", "LICENCE-OF-THE-ORDER")


def _asked_again(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    running.give_license(row.ask(running, members).members["instanceId"])
    yield Try("again, when the licence is there", row.request(running, row.fresh(members)))
    yield Try("a debug call", row.request(running, {**row.given(running), "testFlag": "1"}))


def _released_before(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    release_v2(running, row.ask(running, members).members["instanceId"])
    yield Try("released before there was a licence", row.request(running, row.fresh(members)))


ROWS = [
    Row(
        KIND,
        PART,
        "getLicense",
        ADDRESSES,
        V1,
        order_v1("getLicense", "license-a"),
        success="000004",
        answers=("instanceId", "license"),
        fresh=with_new_business_id,
        lasting=("instanceId", "license"),
        troubles={
            "000000": _asked_again,
            "000001": forged,
            "000002": illegal(
                "businessId", "orderId", "productId", lengths={"businessId": 64, "orderId": 64, "productId": 64}
            ),
            "000003": _released_before,
            "000005": INTERNAL,
        },
        shows=_gets_its_license,
        meanwhile=_given_meanwhile,
        afterwards="000000",
    ),
    refreshing(KIND, PART, ADDRESSES, licensed, "refreshLicense"),
    expiring(KIND, PART, ADDRESSES, licensed, "expireLicense"),
    expiring(KIND, PART, ADDRESSES, licensed),
    changing_status(KIND, PART, ADDRESSES, licensed),
    releasing(KIND, PART, ADDRESSES, licensed, "releaseLicense"),
]
