"""record_usage: POST /seller/usage in, what became of each event out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from koogallery.ledger import sealing
from koogallery.page_reader import PageReader
from koogallery.slots import SLOTS, meter_partition
from koogallery.state import StateUnavailable
from koogallery_simulator.dialects import saas_v2
from local_cloud.reply import read_reply
from tests.functional.functions.cases import INSTANCE, Case, check_secrets, load, tell, world_with
from tests.support.books import read_books
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.world import AT, World, seller_event, usage

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("case", load("record_usage"))
def test_record_usage(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("record_usage", case, world_with(case.given), capsys)


def judged(world: World, *events: dict[str, Any]) -> dict[str, str]:
    """Code by id of what was rejected."""
    return {one["id"]: one["code"] for one in world.use(*events)["rejected"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": ""}, "invalid_id"),
        ({"id": "x" * 129}, "invalid_id"),
        ({"id": "a\tb"}, "invalid_id"),
        ({"id": 7}, "invalid_id"),
        ({"id": None}, "invalid_id"),
        ({"instance_id": None}, "invalid_instance_id"),
        ({"instance_id": "x" * 65}, "invalid_instance_id"),
        ({"instance_id": "nobody"}, "unknown_instance"),
        ({"package_instance_id": ""}, "invalid_package_instance_id"),
        ({"package_instance_id": ["p"]}, "invalid_package_instance_id"),
        ({"package_instance_id": "nobody"}, "unknown_package"),
        ({"package_instance_id": INSTANCE}, "unknown_package"),
        ({"quantity": None}, "invalid_quantity"),
        ({"quantity": "-1"}, "invalid_quantity"),
        ({"quantity": "1e3"}, "invalid_quantity"),
        ({"quantity": "1,5"}, "invalid_quantity"),
        ({"quantity": " 1"}, "invalid_quantity"),
        ({"quantity": "1."}, "invalid_quantity"),
        ({"quantity": ".5"}, "invalid_quantity"),
        ({"quantity": "123456789"}, "invalid_quantity"),
        ({"quantity": "0." + "1" * 25}, "invalid_quantity"),
        ({"quantity": "٣"}, "invalid_quantity"),
        ({"quantity": True}, "invalid_quantity"),
        ({"quantity": -3}, "invalid_quantity"),
        ({"quantity": {}}, "invalid_quantity"),
        ({"time": None}, "invalid_time"),
        ({"time": "2026-11-21 10:05:00"}, "invalid_time"),
        ({"time": "2026-11-21T10:05:00"}, "invalid_time"),
        ({"time": "2026-02-30T10:05:00Z"}, "invalid_time"),
        ({"time": "0001-01-01T00:00:00+05:00"}, "invalid_time"),
        ({"time": 1795255500}, "invalid_time"),
        ({"time": "2026-11-21T10:10:01Z"}, "in_future"),
        ({"time": "2026-10-31T10:04:59Z"}, "too_old"),
        ({"time": "2026-11-21T10:04:59Z"}, "before_opening"),
    ],
)
def test_each_event_is_judged_by_itself(change: dict[str, Any], code: str) -> None:
    world = world_with("active")
    good = usage("good", INSTANCE, "1", AT)
    bad = {**usage("bad", INSTANCE, "1", AT), **change}
    answer = world.use(bad, good)
    assert (answer["accepted"], [one["code"] for one in answer["rejected"]]) == (1, [code])
    assert answer["rejected"][0]["message"]
    assert answer["rejected"][0]["id"] == (bad["id"] if isinstance(bad["id"], str) else "")[:128]


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x" * 128},
        {"id": "标识-é"},
        {"quantity": 5},
        {"quantity": 0},
        {"quantity": "99999999." + "9" * 24},
        {"quantity": 0.1 + 0.2},
        {"time": "2026-11-21T10:10:00Z"},
        {"time": "2026-11-21T18:05:00+08:00"},
        {"time": "2026-11-21T10:05:00.999Z"},
        {"package_instance_id": None},
        {"something": "else"},
    ],
)
def test_what_is_just_right_is_taken(change: dict[str, Any]) -> None:
    world = world_with("active")
    assert world.use({**usage("good", INSTANCE, "1", AT), **change})["accepted"] == 1


def test_json_numbers_are_read_exactly() -> None:
    world = world_with("active")
    body = (
        b'{"events":[{"id":"e","instance_id":"' + INSTANCE.encode() + b'","time":"2026-11-21T10:05:00Z",'
        b'"quantity":0.1000000000000055511151231}]}'
    )
    reply = read_reply(world.call("record_usage", seller_event("POST", "/seller/usage", body)))
    assert [one["code"] for one in json.loads(reply.body)["rejected"]] == ["invalid_quantity"]
    exact = body.replace(b"0.1000000000000055511151231", b"0.1000000000000055511")
    reply = read_reply(world.call("record_usage", seller_event("POST", "/seller/usage", exact)))
    assert json.loads(reply.body)["accepted"] == 1
    assert str(read_books(world.state, INSTANCE).meter.total_used()) == "0.1000000000000055511"


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1e-400", b"9" * 500, b"0." + b"1" * 500])
def test_a_number_beyond_all_range_is_refused_alone(number: bytes) -> None:
    world = world_with("active")
    event = b'{"id":"%s","instance_id":"' + INSTANCE.encode() + b'","time":"2026-11-21T10:05:00Z","quantity":%s}'
    body = b'{"events":[' + event % (b"bad", number) + b"," + event % (b"good", b"1") + b"]}"
    answer = json.loads(read_reply(world.call("record_usage", seller_event("POST", "/seller/usage", body))).body)
    assert (answer["accepted"], [one["code"] for one in answer["rejected"]]) == (1, ["invalid_quantity"])


def test_the_life_of_an_instance_decides_what_is_taken() -> None:
    world = world_with("creating")
    assert judged(world, usage("a", INSTANCE, 1, AT)) == {"a": "not_yet_opened"}
    world.set_access(INSTANCE)
    world.clock.advance(60)
    world.shop.freeze(INSTANCE)
    world.clock.advance(60)
    world.shop.unfreeze(INSTANCE)
    world.clock.advance(60)
    world.shop.release(INSTANCE)
    world.clock.advance(60)
    times = {f"m{minute}": AT + minute * MINUTE for minute in range(5)}
    found = judged(world, *(usage(id_, INSTANCE, 1, at) for id_, at in times.items()))
    assert found == {"m1": "instance_frozen", "m3": "instance_released", "m4": "instance_released"}
    world.clock.advance(240)
    assert judged(world, usage("late", INSTANCE, 1, AT)) == {"late": "after_final_bill"}


@pytest.mark.parametrize("product", ["period-year", "one-time", "package"])
def test_only_pay_per_use_is_metered(product: str) -> None:
    world = world_with("active", product)
    assert judged(world, usage("a", INSTANCE, 1, AT)) == {"a": "not_pay_per_use"}


def test_a_repeated_id_counts_once_within_a_call_and_between_calls() -> None:
    world = world_with("active")
    event, other = usage("a", INSTANCE, "1.50", AT), usage("a", INSTANCE, "1.5", AT)
    answer = world.use(event, other, usage("a", INSTANCE, "2", AT))
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    assert [one["code"] for one in answer["rejected"]] == ["conflicting_id"]
    world.to_next_hour()
    world.push()
    assert world.use(other)["duplicates"] == 1
    assert judged(world, usage("a", INSTANCE, "1.5", world.clock.now())) == {"a": "conflicting_id"}


def test_a_call_costs_two_state_calls_an_instance_once_its_hour_is_open() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    ids = [world.open("on-demand") for _ in range(20)]
    world.use(*(usage(f"a-{id_}", id_, 1, world.clock.now()) for id_ in ids))
    counted.reset()
    world.use(*(usage(f"b-{id_}-{n}", id_, 1, world.clock.now()) for id_ in ids for n in range(50)))
    assert counted.writes == len(ids)
    assert counted.reads <= len(ids)
    assert read_books(counted, ids[0]).meter.total_used() == 51


def test_a_full_call_for_one_instance_is_one_read_and_one_write() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    instance_id = world.open("on-demand")
    world.use(usage("first", instance_id, 1, world.clock.now()))
    counted.reset()
    ids = [f"11111111-2222-4333-8444-{number:012}" for number in range(1000)]
    assert world.use(*(usage(id_, instance_id, "0.25", world.clock.now()) for id_ in ids))["accepted"] == 1000
    assert (counted.reads, counted.writes) == (1, 1)


@pytest.fixture
def small_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of what meters hold, for a tenth of the events."""
    monkeypatch.setattr(sealing, "INLINE_BYTES", sealing.INLINE_BYTES // 10)


def busy(world: World, counted: CountingState, calls: int) -> Iterator[tuple[int, int, int]]:
    """Calls of one hour with a hundred new events each; of each its reads, its writes and the pages it made."""
    instance_id = world.open("on-demand")
    world.use(usage("first", instance_id, 1, world.clock.now()))
    before = 0
    for call in range(calls):
        counted.reset()
        answer = world.use(*(usage(f"{call}-{n}", instance_id, 1, world.clock.now()) for n in range(100)))
        assert answer["accepted"] == 100
        reads, writes = counted.reads, counted.writes
        books = read_books(counted, instance_id)
        books.check_sums()
        yield reads, writes, len(books.meter.pages) - before
        before = len(books.meter.pages)
        assert books.meter.total_used() == 1 + (call + 1) * 100


@pytest.mark.usefixtures("small_meters")
@pytest.mark.parametrize("functions", [1, 2, 30], ids=["one function", "two by turns", "a fresh one for each call"])
def test_a_busy_hour_costs_two_state_calls_each_time_and_once_what_makes_a_page(functions: int) -> None:
    """Whichever function instance a call meets, the pages of the others come with the read that brings the meter."""
    counted = CountingState(MemoryState())
    world = World(counted)
    readers = [PageReader() for _ in range(functions)]
    total = 0
    for number, (reads, writes, made) in enumerate(busy(world, counted, 30), start=1):
        pointer = 1 if made and not total else 0
        assert (reads, writes) == (1, 1 + made + pointer), number
        total += made
        world.pages = readers[number % functions]
    assert total > 8


def test_a_report_that_names_many_packages_asks_for_no_more_pages_than_the_read_takes() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    instance_id = world.open("on-demand")
    packages = [world.open("package") for _ in range(40)]
    for number in range(2):
        world.pages = PageReader()
        counted.reset()
        now = world.clock.now()
        assert world.use(*(usage(f"{number} {p}", instance_id, 1, now, p) for p in packages))["accepted"] == 40
    assert (counted.reads, counted.writes) == (1, 1)


@pytest.mark.usefixtures("small_meters")
def test_an_event_of_a_busy_hour_repeated_with_a_time_of_the_next_one_is_a_conflict_at_the_same_cost() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    assert sum(made for _, _, made in busy(world, counted, 12)) > 2
    (instance_id,) = (item.key.sort for slot in range(SLOTS) for item in counted.query(meter_partition(slot), limit=9))
    world.to_next_hour(minutes=30)
    world.pages = PageReader()
    counted.reset()
    assert judged(world, usage("0-0", instance_id, 1, world.clock.now())) == {"0-0": "conflicting_id"}
    assert (counted.reads, counted.writes) == (1, 0)


@pytest.mark.usefixtures("small_meters")
def test_pages_that_another_instance_has_crowded_out_come_with_the_meter_again() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    world.pages = PageReader(most_events=900)
    by_turns = zip(*(busy(world, counted, 12) for _ in range(2)), strict=True)
    costs = [cost for pair in by_turns for cost in pair]
    assert sum(made for _, _, made in costs) > 5
    assert {reads for reads, _, _ in costs} == {1}


def test_a_report_repeated_to_a_full_meter_makes_no_page() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    instance_id = world.open("on-demand")
    events = [usage(f"{n}".ljust(128, "x"), instance_id, 1, world.clock.now()) for n in range(999)]
    assert world.use(*events)["accepted"] == 999
    counted.reset()
    assert world.use(*events)["duplicates"] == 999
    assert counted.writes == 0
    assert world.use(*events, usage("new", instance_id, 1, world.clock.now()))["accepted"] == 1
    assert len(read_books(counted, instance_id).meter.pages) == 1


def test_a_report_too_large_for_one_write_reads_once() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    instance_id = world.open("on-demand")
    world.use(usage("first", instance_id, 1, world.clock.now()))
    for call, (letter, reads, writes) in enumerate([("x", 1, 1), ("字", 1, 7)]):
        ids = [f"{call}-{number}".ljust(128, letter) for number in range(1000)]
        counted.reset()
        assert world.use(*(usage(id_, instance_id, "0.25", world.clock.now()) for id_ in ids))["accepted"] == 1000
        assert (counted.reads, counted.writes) == (reads, writes)


def test_a_repetition_writes_nothing() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    event = usage("a", world.open("on-demand"), 1, world.clock.now())
    world.use(event)
    counted.reset()
    assert world.use(event)["duplicates"] == 1
    assert counted.writes == 0


@pytest.mark.parametrize("letter", ["a", "字", "😀", '"', "\\"])
def test_the_longest_ids_in_any_script_fit_into_the_state(letter: str) -> None:
    """A meter stays below the size of an item however many bytes a letter has."""
    world = World()
    instance_id = world.open("on-demand")
    for call in range(4):
        events = [usage(f"{call}-{n}-".ljust(128, letter), instance_id, "0.5", world.clock.now()) for n in range(1000)]
        assert world.use(*events)["accepted"] == 1000
        assert world.use(*events[::100])["duplicates"] == 10
    world.to_next_hour()
    world.push()
    assert world.marketplace.bill.total(instance_id) == 2000
    assert world.use(usage("3-7-".ljust(128, letter), instance_id, "0.5", AT))["duplicates"] == 1


BODIES: list[Any] = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut"),
    pytest.param(b"[]", id="array"),
    pytest.param(b'{"events":1}', id="events is a number"),
    pytest.param(b"{}", id="no events"),
    pytest.param(b'{"events":[1]}', id="event is a number"),
    pytest.param(b'{"events":[],"events":[]}', id="member twice"),
    pytest.param(b'{"events":' + b"[" * 100_000, id="deep"),
    pytest.param(b'{"events":[' + b"{}," * 1000 + b"{}]}", id="more than a thousand"),
    pytest.param(b"\xff", id="not UTF-8"),
]


def problem(world: World, event: object, life: Life | None = None) -> tuple[int, str]:
    """Status and code of a call that must change nothing."""
    counted = world.state
    assert isinstance(counted, CountingState)
    counted.reset()
    world.lines.clear()
    reply = read_reply(world.call("record_usage", event, life))
    assert reply.headers["Content-Type"] == "application/problem+json"
    body = json.loads(reply.body)
    assert body["status"] == reply.status
    assert body["title"]
    assert counted.writes == 0
    assert len(world.lines) == 1
    check_secrets(reply.body.decode())
    return reply.status, body["code"]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_report_is_refused_as_a_whole(body: bytes) -> None:
    world = world_with("active")
    assert problem(world, seller_event("POST", "/seller/usage", body)) == (400, "malformed_request")


def test_more_than_a_mebibyte_is_refused() -> None:
    world = world_with("active")
    event = seller_event("POST", "/seller/usage", b" " * 1_048_577)
    assert problem(world, event) == (413, "body_too_large")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic abc", "Bearer ключ", "Bearer a b"])
def test_without_a_key_of_the_seller_interface_nothing_is_taken(header: str | None) -> None:
    world = world_with("active")
    headers = [] if header is None else [("Authorization", header)]
    event = seller_event("POST", "/seller/usage", {"events": []}, key="", headers=headers)
    assert problem(world, event) == (401, "unauthorized")


def test_an_unknown_address_is_not_found() -> None:
    world = world_with("active")
    assert problem(world, seller_event("GET", "/seller/usage")) == (404, "not_found")


def test_a_missing_setting_is_named_in_the_log_only() -> None:
    world = world_with("active")
    world.settings["SELLER_API_KEYS"] = ""
    assert problem(world, seller_event("POST", "/seller/usage", {"events": []})) == (503, "settings_error")
    assert world.lines[0]["reason"] == "SELLER_API_KEYS is missing"


def test_a_store_that_does_not_answer_is_a_reason_to_come_again() -> None:
    world = world_with("active")
    event = seller_event("POST", "/seller/usage", {"events": [usage("a", INSTANCE, 1, AT)]})
    life = Life(failures={1: StateUnavailable("no answer")})
    assert problem(world, event, life) == (503, "state_unavailable")
    assert world.use(usage("a", INSTANCE, 1, AT))["accepted"] == 1


def test_debug_calls_of_the_marketplace_open_nothing() -> None:
    world = World()
    attempt = world.send(saas_v2.new_instance(world.sell("on-demand")[0], test=True))
    assert judged(world, usage("a", attempt.instance_id or "", 1, AT)) == {"a": "unknown_instance"}
