"""prepare_state: the table is made and proved, what has to be reached is tried, and the reply says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.session
import pytest

from koogallery.adapters.archive_names import ArchiveMisconfigured
from koogallery.http import HttpError, HttpInterrupted, HttpResponse, HttpResponseTooLarge, HttpUnreachable
from koogallery.services import Services
from koogallery.state import Item, State, StateUnavailable
from koogallery.use_cases.prepare_state import PROBES
from local_cloud.context import Context
from tests.support.dying_state import ProcessDied
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.scripted_http import ScriptedHttp
from tests.support.world import World, bundle

FINE = {"table": "ready", "marketplace": "reachable", "webhook": "reachable", "archive": "not set"}
ANSWERS = HttpResponse(404, {}, b"not here")


class Place:
    """A world whose far ends answer by script."""

    def __init__(self, *answers: HttpResponse | HttpError, state: State | None = None, **settings: str) -> None:
        self.http = ScriptedHttp(*(answers or [ANSWERS]))
        self.world = World(state, settings=settings)

    def prepare(self, life: Life | None = None, event: object = None) -> dict[str, Any]:
        """The function's reply."""
        with mock.patch.object(Services, "http", self.http):
            reply = self.world.call("prepare_state", event, life)
        assert json.loads(json.dumps(reply)) == reply
        assert set(reply) == set(FINE)
        return dict(reply)

    def probes(self) -> list[Item]:
        """What is left in the table."""
        return self.world.state.query(PROBES, limit=9)


@contextmanager
def real_services(settings: dict[str, str]) -> Iterator[Any]:
    """Calls of the function with the stores its settings name."""
    http = ScriptedHttp(ANSWERS)
    context = Context(bundle().components["prepare_state"], settings, World().clock, "request-1")
    with mock.patch.object(Services, "http", http):
        from functions.prepare_state.index import handler

        yield lambda: handler({}, context)


@pytest.mark.parametrize("event", [None, {}, {"anything": 1}, "text", []])
def test_everything_is_in_order_and_nothing_is_left(event: object) -> None:
    place = Place()
    assert place.prepare(event=event) == place.prepare(event=event) == FINE
    assert place.probes() == []
    (line,) = [line for line in place.world.lines if line["event"] == "prepare_state"][:1]
    assert (line["table"], line["request_id"]) == ("ready", "request-1")


def test_the_table_is_made_by_the_first_call_and_found_by_the_second(dynalite_endpoint: str) -> None:
    settings = {
        "MARKETPLACE_ENDPOINT": "https://market.example",
        "STATE_URL": f"dynamodb://made-by-prepare-state?endpoint={dynalite_endpoint}&region=cn-north-4",
        "STATE_ACCESS_KEY": "access",
        "STATE_SECRET_KEY": "secret-of-the-table",
    }
    with real_services(settings) as prepare:
        assert [prepare()["table"] for _ in range(2)] == ["ready", "ready"]
    client: Any = botocore.session.get_session().create_client(
        "dynamodb", "cn-north-4", endpoint_url=dynalite_endpoint, aws_access_key_id="a", aws_secret_access_key="b"
    )
    keys = client.describe_table(TableName="made-by-prepare-state")["Table"]["KeySchema"]
    assert keys == [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]


def test_on_one_machine_it_proves_the_embedded_stores(tmp_path: Path) -> None:
    settings = {"STATE_URL": f"sqlite:///{tmp_path}/state.db", "ARCHIVE_URL": f"file://{tmp_path}/archive"}
    with real_services(settings) as prepare:
        for _ in range(2):
            reply = prepare()
            assert (reply["table"], reply["archive"], reply["webhook"]) == ("ready", "writable", "not set")
            assert reply["marketplace"] == "setting MARKETPLACE_ENDPOINT is missing"
    assert [file.name for file in (tmp_path / "archive").rglob("*.json")] == ["prepare_state.json"]


@pytest.mark.parametrize("status", [200, 302, 401, 404, 500, 503])
def test_any_answer_shows_that_somebody_is_there(status: int) -> None:
    assert Place(HttpResponse(status, {}, b"")).prepare() == FINE


def test_an_answer_of_any_size_shows_it_too() -> None:
    assert Place(HttpResponseTooLarge("market.example", 200, {})).prepare() == FINE


def test_nothing_secret_is_sent_and_no_path_of_the_product_is_called() -> None:
    place = Place(SELLER_WEBHOOK_URL="https://product.example:8443/hook/token-in-the-path?key=token")
    assert place.prepare() == FINE
    assert [(sent.method, sent.url, sent.body) for sent in place.http.sent] == [
        ("GET", "https://market.example/", b""),
        ("GET", "https://product.example:8443/", b""),
    ]
    assert all(set(sent.headers) == {"Accept"} for sent in place.http.sent)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (HttpUnreachable("market.example", "dns"), "http_unreachable: dns"),
        (HttpUnreachable("market.example", "tls"), "http_unreachable: tls"),
        (HttpInterrupted("market.example", "timeout"), "http_interrupted: timeout"),
    ],
)
def test_what_is_not_reached_is_told_in_one_word(error: HttpError, told: str) -> None:
    assert Place(error).prepare() == {**FINE, "marketplace": told, "webhook": told}


def test_the_second_host_of_the_china_site_will_do() -> None:
    refused = HttpUnreachable("mkt", "refused")
    place = Place(refused, ANSWERS, MARKETPLACE_ENDPOINT="https://mkt.myhuaweicloud.com")
    assert place.prepare()["marketplace"] == "reachable"
    assert [sent.url for sent in place.http.sent][:2] == [
        "https://mkt.myhuaweicloud.com/",
        "https://mkt.myhuaweicloud.cn/",
    ]


def test_without_a_webhook_nobody_is_asked() -> None:
    place = Place(SELLER_WEBHOOK_URL="")
    assert place.prepare()["webhook"] == "not set"
    assert len(place.http.sent) == 1


class Broken(MemoryState):
    """A store that does not keep what it promises."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def put_if_absent(self, key: Any, document: str) -> bool:
        """May refuse, or write over what is there."""
        if self.fault == "down":
            raise StateUnavailable("put_item: ReadTimeoutError, and no time is left to try again")
        return self.fault != "refuses" and (super().put_if_absent(key, document) or self.fault == "overwrites")

    def get(self, key: Any) -> Item | None:
        """May answer from before."""
        item = super().get(key)
        if self.fault == "forgets":
            return None
        return Item(key, 1, '"first"') if item is None and self.fault == "stale" else item

    def replace_if_version(self, item: Item, document: str) -> bool:
        """May ignore the version."""
        present = super().get(item.key)
        if self.fault == "ignores versions" and present is not None:
            item = item._replace(version=present.version)
        return super().replace_if_version(item, document)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("down", "state_unavailable: put_item"),
        ("refuses", "a new item was refused"),
        ("overwrites", "conditions are ignored"),
        ("forgets", "not read as it was written"),
        ("ignores versions", "condition of a write was not honoured"),
        ("stale", "read after it was deleted"),
    ],
)
def test_a_store_the_bundle_cannot_lean_on_is_told(fault: str, told: str) -> None:
    place = Place(state=Broken(fault))
    reply = place.prepare()
    assert told in reply["table"]
    assert {**reply, "table": "ready"} == FINE
    assert place.probes() == []


def test_an_archive_that_refuses_is_told_and_stops_nothing() -> None:
    place = Place(ARCHIVE_URL="s3://a-bucket-of-tests?endpoint=https://obs.example")
    with mock.patch("koogallery.adapters.s3_archive.S3Archive.put", side_effect=ArchiveMisconfigured("AccessDenied")):
        assert place.prepare() == {**FINE, "archive": "archive_misconfigured: AccessDenied"}


@pytest.mark.parametrize(
    "settings",
    [
        {"STATE_URL": "dynamodb://table?endpoint=http://user:secret-in-the-address@10.0.0.1"},
        {"STATE_URL": "", "ARCHIVE_URL": "s3://secret-in-the-address"},
        {"MARKETPLACE_ENDPOINT": "http://secret-in-the-address.example"},
        {"SELLER_WEBHOOK_URL": "https://user:secret-in-the-address@product.example/"},
        {"STATE_ACCESS_KEY": "csms:secret-in-the-address"},
    ],
)
def test_a_malformed_setting_is_told_and_never_quoted(settings: dict[str, str]) -> None:
    with real_services({"MARKETPLACE_ENDPOINT": "https://market.example", **settings}) as prepare:
        reply = prepare()
    assert set(reply) == set(FINE)
    assert set(reply.values()) - {"reachable", "not set"}
    assert "secret-in-the-address" not in str(reply)


def test_killed_anywhere_it_leaves_nothing_for_longer_than_an_hour() -> None:
    whole = Life()
    Place().prepare(whole)
    for number in range(1, whole.calls + 1):
        place = Place()
        with pytest.raises(ProcessDied):
            place.prepare(Life(number))
        assert len(place.probes()) <= 1
        assert place.prepare() == FINE
        place.world.clock.advance(3601)
        assert place.prepare() == FINE
        assert place.probes() == []
