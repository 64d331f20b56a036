"""What holds for all five syncs of both generations: signatures, codes, answers, debug calls, replays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from koogallery_signing import body_sign
from local_cloud.reply import read_reply
from tests.support.kit import (
    FUNCTIONS,
    KIT_KEY,
    KIT_KEY_BEFORE,
    V1_KEY,
    apply_syncs,
    body,
    code_of,
    kit_world,
    names,
    request,
    send,
    sync,
    told,
    x_sign,
)
from tests.support.memory_state import MemoryState
from tests.support.world import ACCESS_KEY, World, event_of

every_sync = pytest.mark.parametrize("name", FUNCTIONS)
both = pytest.mark.parametrize("generation", [1, 2])


@pytest.fixture
def world() -> World:
    return kit_world()


def is_untouched(world: World) -> bool:
    assert isinstance(world.state, MemoryState)
    return not world.state.all_items()


@every_sync
@both
def test_a_signed_call_succeeds_with_the_current_and_the_previous_key(world: World, name: str, generation: int) -> None:
    assert sync(world, name, generation=generation) == "000000"
    if generation == 2:
        assert code_of(send(world, request(world, name, body(name), key=KIT_KEY_BEFORE))) == "000000"


@every_sync
def test_a_wrong_key_is_no_authentication(world: World, name: str) -> None:
    for key in ("wrong", ACCESS_KEY, V1_KEY):
        assert code_of(send(world, request(world, name, body(name), key=key))) == "000001"
    assert code_of(send(world, request(world, name, body(name), generation=1, key=KIT_KEY))) == "000001"
    assert is_untouched(world)


@every_sync
def test_missing_headers_have_their_codes(world: World, name: str) -> None:
    assert code_of(send(world, request(world, name, body(name), x_sign=None))) == "000001"
    assert code_of(send(world, request(world, name, body(name), x_timestamp=None))) == "000002"
    assert code_of(send(world, request(world, name, body(name), x_nonce=None))) == "000002"
    assert code_of(send(world, request(world, name, body(name), generation=1, authToken=None))) == "000002"
    assert code_of(send(world, request(world, name, body(name), generation=1, authToken="x" * 44))) == "000001"
    assert is_untouched(world)


@pytest.mark.parametrize("timestamp", ["yesterday", "-61000", "+61000"])
def test_a_timestamp_outside_the_window_is_illegal(world: World, timestamp: str) -> None:
    if timestamp[0] in "+-":
        timestamp = str(int(world.clock.now().timestamp() * 1000) + int(timestamp))
    content = json.dumps(body("tenantSync")).encode()
    signature = x_sign(KIT_KEY, "n1", timestamp, content)
    outgoing = request(world, "tenantSync", content, x_sign=signature, x_timestamp=timestamp, x_nonce="n1")
    assert code_of(send(world, outgoing)) == "000002"
    assert is_untouched(world)


@every_sync
def test_a_changed_body_is_no_authentication(world: World, name: str) -> None:
    signed = request(world, name, body(name))
    changed = request(world, name, body(name, tenantId="other"), x_sign=signed.headers["x-sign"])
    assert code_of(send(world, changed)) == "000001"


def test_the_canonical_form_is_accepted_as_well_as_the_bytes(world: World) -> None:
    members: dict[str, Any] = {**body("tenantSync"), "extra": None}
    canonical = {member: members[member] for member in sorted(members) if members[member] is not None}
    timestamp = str(int(world.clock.now().timestamp() * 1000))
    compact = json.dumps(canonical, ensure_ascii=False, separators=(",", ":")).encode()
    signature = x_sign(KIT_KEY, "n1", timestamp, compact)
    spread = json.dumps(members, ensure_ascii=False, indent=2).encode()
    outgoing = request(world, "tenantSync", spread, x_sign=signature.lower(), x_timestamp=timestamp, x_nonce="n1")
    assert code_of(send(world, outgoing)) == "000000"


@every_sync
@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":2}', b"{}"], ids=repr)
def test_what_is_no_message_is_an_illegal_parameter(world: World, name: str, content: bytes) -> None:
    assert code_of(send(world, request(world, name, content))) == "000002"
    assert is_untouched(world)


@every_sync
@both
@pytest.mark.parametrize(
    "wrong",
    [{"tenantId": None}, {"tenantId": "t" * 65}, {"tenantId": ""}, {"timeStamp": "today"}, {"testFlag": 7}],
    ids="-".join,
)
def test_an_illegal_member_is_named(world: World, name: str, generation: int, wrong: dict[str, Any]) -> None:
    reply = send(world, request(world, name, body(name, **wrong), generation=generation))
    assert code_of(reply) == "000002"
    assert next(iter(wrong)) in json.loads(reply.body)["resultMsg"]
    assert is_untouched(world)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "allOrgSync"])
def test_an_unknown_flag_is_illegal(world: World, name: str) -> None:
    for flag in (4, -1, "add", None):
        assert sync(world, name, flag=flag) == "000002"
    for flag in ("0", "1", 2, 3):
        assert sync(world, name, flag=flag) == "000000"


@every_sync
@both
def test_a_debug_call_is_success_for_ever_and_touches_nothing(world: World, name: str, generation: int) -> None:
    outgoing = request(world, name, body(name, testFlag=1), generation=generation)
    for _ in range(3):
        assert code_of(send(world, outgoing)) == "000000"
    assert is_untouched(world)


@every_sync
@both
def test_a_replay_changes_nothing(world: World, name: str, generation: int) -> None:
    outgoing = request(world, name, body(name), generation=generation)
    assert code_of(send(world, outgoing)) == "000000"
    first = told(world)
    assert len(first) == 1
    assert code_of(send(world, outgoing)) == "000000"
    assert told(world) == []


def test_a_replayed_call_does_not_undo_what_came_after_it_at_the_same_time(world: World) -> None:
    sync(world, "tenantSync", -60)
    outgoing = request(world, "authSync", body("authSync"))
    send(world, outgoing)
    world.clock.advance(1)
    assert sync(world, "authSync", flag=0) == "000000"
    assert code_of(send(world, outgoing)) == "000000"
    assert names(world) == set()


@every_sync
def test_answers_of_1_0_are_signed_over_their_bytes_errors_too(world: World, name: str) -> None:
    good = request(world, name, body(name), generation=1)
    bad = request(world, name, body(name), generation=1, key="wrong")
    broken = replace(good, body=b"{")
    for outgoing, code in ((good, "000000"), (bad, "000001"), (broken, "000002")):
        reply = send(world, outgoing)
        assert code_of(reply) == code
        body_sign.verify(key=V1_KEY, body=reply.body, header_value=reply.headers["Body-Sign"])


@every_sync
def test_answers_of_2_0_are_not_signed(world: World, name: str) -> None:
    reply = send(world, request(world, name, body(name)))
    assert set(reply.headers) == {"Content-Type"}


@every_sync
def test_a_missing_setting_is_named_in_the_log(name: str) -> None:
    for setting, generation in (("MARKETPLACE_KIT_KEYS", 2), ("MARKETPLACE_V1_KEYS", 1)):
        world = kit_world(**{setting: ""})
        assert sync(world, name, generation=generation) == "000005"
        assert setting in world.lines[-1]["reason"]


@pytest.mark.parametrize("name", ["applicationSync", "authSync", "singleOrgSync", "allOrgSync"])
def test_without_the_state_encryption_key_nothing_is_stored(name: str) -> None:
    world = kit_world(STATE_ENCRYPTION_KEY="")
    assert sync(world, name) == "000005"
    assert "STATE_ENCRYPTION_KEY" in world.lines[-1]["reason"]
    assert is_untouched(world)


@every_sync
def test_another_functions_sync_is_refused_by_name(world: World, name: str) -> None:
    other = next(one for one in FUNCTIONS if one != name)
    event = event_of(request(world, other, body(other)))
    reply = read_reply(world.call(FUNCTIONS[name], event))
    assert code_of(reply) == "000002"
    assert FUNCTIONS[other] in json.loads(reply.body)["resultMsg"]


@every_sync
@both
def test_the_path_works_with_and_without_an_address_of_its_own(world: World, name: str, generation: int) -> None:
    outgoing = request(world, name, body(name), generation=generation, root="")
    assert code_of(send(world, outgoing)) == "000000"


def test_nothing_is_left_behind_when_all_is_told(world: World) -> None:
    for name in FUNCTIONS:
        assert sync(world, name) == "000000"
    told(world)
    apply_syncs(world)
    assert isinstance(world.state, MemoryState)
    kinds = {item.key.partition.split("#")[0] for item in world.state.all_items()}
    assert kinds == {"tenants", "directory", "leases"}
