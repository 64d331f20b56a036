"""An operator's desk: a state in SQLite, the real use cases, a marketplace of a few lines, a clock that stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

from koogallery import times
from koogallery.adapters.urls import open_state
from koogallery.apig import Request
from koogallery.clock import FrozenClock
from koogallery.instances.instance import Instance
from koogallery.ledger.batch import Batch
from koogallery.ledger.findings import Reconciliation
from koogallery.ledger.meter import Meter
from koogallery.ledger_store import load_batch, load_meter, store_batch
from koogallery.marketplace.client import MarketplaceClient
from koogallery.marketplace.errors import AnswerFacts, MarketplaceUnavailable
from koogallery.marketplace.usage_push import AbnormalRecord, PushAnswer
from koogallery.page_reader import PageReader
from koogallery.seller_interface import SellerCall
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.slots import SLOTS, instance_key, meter_key
from koogallery.state import State
from koogallery.timer import Tick
from koogallery.use_cases.explain_usage import HourStory, explain_usage
from koogallery.use_cases.push_usage import push_usage
from koogallery.use_cases.reconcile_usage import reconcile_usage
from koogallery.use_cases.record_usage import record_usage

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
OPENED = AT - timedelta(days=1)
HOUR = "2026-11-21T10"


class FewLinesMarketplace:
    """Books what it is sent, once per (instance, begin, end). ``codes``: next answers for an instance, one each."""

    def __init__(self) -> None:
        self.codes: dict[str, list[str]] = {}
        self.is_down = False
        self.received: list[dict[str, Any]] = []
        self.booked: dict[tuple[str, str, str], dict[str, Any]] = {}

    def push_usage(self, body: bytes) -> PushAnswer:
        """What the real client offers."""
        if self.is_down:
            raise MarketplaceUnavailable("usage push", AnswerFacts(http_status=500), fate_unknown=True)
        abnormal = []
        for record in json.loads(body)["usage_records"]:
            self.received.append(record)
            codes = self.codes.get(record["instance_id"])
            span = (record["instance_id"], record["begin_time"], record["end_time"])
            code = codes.pop(0) if codes else ("010" if span in self.booked else "")
            if code:
                abnormal.append(AbnormalRecord(record["metering_sn"], *span, record["usage_value"], code))
            else:
                self.booked[span] = record
        return PushAnswer("0000", "", tuple(abnormal), "request-1")

    def total(self) -> str:
        """What is billed."""
        return str(sum(int(float(record["usage_value"]) * 10_000) for record in self.booked.values()) / 10_000)


class Desk:
    """One state and everything around it."""

    def __init__(self, state_url: str, *, settings: dict[str, str] | None = None) -> None:
        self.state_url = state_url
        self.state: State = open_state(state_url)
        self.pages = PageReader()
        self.clock = FrozenClock(AT)
        self.marketplace = FewLinesMarketplace()
        self.settings = Settings(state_url=state_url, **(settings or {}))

    def services(self, state: State | None = None) -> Services:
        """What the use cases are handed."""
        services = Services(self.settings, self.clock, seconds=900.0)
        services.state = state or self.state
        services.pages = self.pages
        services.marketplace = cast(MarketplaceClient, self.marketplace)
        return services

    def opened(self, instance_id: str, **fields: Any) -> str:
        """An active pay-per-use instance."""
        instance = Instance(
            instance_id=instance_id,
            order_id=f"order-{instance_id}",
            created_at=times.iso_millis(OPENED),
            activated_at=times.iso_millis(OPENED),
        )
        document = replace(instance, **fields).to_document()
        assert self.state.put_if_absent(instance_key(instance_id), document)
        return instance_id

    def release(self, instance_id: str) -> None:
        """Released now."""
        item = self.state.get(instance_key(instance_id))
        assert item is not None
        released = replace(Instance.from_document(item.document), released_at=times.iso_millis(self.clock.now()))
        assert self.state.replace_if_version(item, released.to_document())

    def use(self, instance_id: str, quantity: str, id_: str, *, at: datetime | None = None, package: str = "") -> None:
        """One usage event, accepted."""
        event = {"id": id_, "instance_id": instance_id, "quantity": quantity, "time": times.iso(at or self.clock.now())}
        if package:
            event["package_instance_id"] = package
        body = json.dumps({"events": [event]}).encode()
        request = Request("POST", "/seller/usage", {}, {}, {}, {}, body, "request-1", "127.0.0.1")
        report = record_usage(SellerCall(request, self.services()))
        assert report["accepted"] == 1, report

    def push(self, *, hours: int = 1, state: State | None = None) -> dict[str, Any]:
        """``hours`` later, minute 5, push_usage runs."""
        self.pass_hours(hours)
        return dict(push_usage(self.services(state), Tick(self.clock.now(), tuple(range(SLOTS)))))

    def bill(self, instance_id: str, numbers: Iterable[int]) -> None:
        """Hour after hour one event ``e-<number>`` of quantity 1, billed when the hour is over."""
        for number in numbers:
            self.use(instance_id, "1", f"e-{number}")
            self.push()

    def pass_hours(self, hours: int) -> None:
        """Let time pass up to minute 5."""
        self.clock.travel(times.hour_start(times.hour_of(self.clock.now())) + timedelta(hours=hours, minutes=5))

    def explain(self, instance_id: str, hour: str = HOUR) -> HourStory:
        """The story of an hour."""
        return explain_usage(self.services(), instance_id, hour)

    def reconcile(self) -> Reconciliation:
        """Everything checked."""
        return reconcile_usage(self.services())

    def meter(self, instance_id: str) -> Meter:
        """The meter as stored."""
        meter, _ = load_meter(self.state, instance_id)
        assert meter is not None
        return meter

    def put_meter(self, meter: Meter) -> None:
        """Damage: overwrite a meter."""
        item = self.state.get(meter_key(meter.instance_id))
        assert item is not None
        assert self.state.replace_if_version(item, meter.to_document())

    def batch_of(self, instance_id: str, hour: str = HOUR) -> Batch:
        """The batch of the only record of an hour."""
        (record,) = self.explain(instance_id, hour).records
        batch, _ = load_batch(self.state, record.record.batch)
        assert batch is not None
        return batch

    def put_batch(self, batch: Batch) -> None:
        """Damage: overwrite a batch."""
        _, stored = load_batch(self.state, batch.id)
        assert store_batch(self.state, batch, stored)


def desk_in(folder: Path, **settings: str) -> Desk:
    """A desk with a state of its own."""
    return Desk(f"sqlite:///{folder}/state.db", settings=settings)
