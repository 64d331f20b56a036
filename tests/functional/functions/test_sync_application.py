"""sync_application: app credentials, and the one encrypted field of the kit."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from koogallery.directory.reading import find_application, find_tenant
from koogallery.encryption import Sealer
from tests.support.kit import (
    CLIENT_SECRET,
    bind,
    body,
    encrypted,
    kit_world,
    read,
    request,
    rsa_pair,
    send,
    sync,
    told,
)
from tests.support.memory_state import MemoryState
from tests.support.world import World


def weak_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def secret_of(world: World, app_id: str | None = "app-0001") -> str | None:
    sealer = Sealer(world.settings["STATE_ENCRYPTION_KEY"])
    (tenant,) = find_tenant(world.state, "tenant-0001")
    found = find_application(tenant, app_id, sealer)
    return found.client_secret if found else None


@pytest.mark.parametrize("generation", [1, 2])
def test_an_application_is_told_without_its_secret_which_only_the_sign_in_reads(generation: int) -> None:
    world = kit_world()
    bind(world)
    assert sync(world, "applicationSync", generation=generation) == "000000"
    ids = {"tenant_id": "tenant-0001", "instance_id": "inst-0001"}
    assert told(world) == [("application.added", {**ids, "app_id": "app-0001", "client_id": "client-0001"})]
    shown = read(world, "/seller/tenants")[1]["tenants"][0]["applications"]
    assert shown == [{"app_id": "app-0001", "client_id": "client-0001"}]
    assert secret_of(world) == secret_of(world, None) == CLIENT_SECRET
    assert secret_of(world, "app-0002") is None


def test_the_secret_lies_nowhere_in_the_clear_and_in_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    world = kit_world()
    bind(world)
    sync(world, "applicationSync")
    told(world)
    assert isinstance(world.state, MemoryState)
    assert all(CLIENT_SECRET not in item.document for item in world.state.all_items())
    written = "".join(capsys.readouterr()) + json.dumps(world.lines, default=str)
    assert CLIENT_SECRET not in written
    assert rsa_pair()[0][:40] not in written
    (matched,) = [line for line in world.lines if line["event"] == "oaep_matched"]
    assert matched["padding"] == "SHA-256/MGF1-SHA-256"


def test_the_same_secret_encrypted_anew_is_no_change() -> None:
    world = kit_world()
    for seconds in (0, 1, 2):
        assert sync(world, "applicationSync", seconds) == "000000"
    assert [type_ for type_, _ in told(world)] == ["application.added"]


def test_another_secret_replaces_the_stored_one() -> None:
    world = kit_world()
    bind(world)
    sync(world, "applicationSync", 0)
    sync(world, "applicationSync", 1, flag=2, clientSecret=encrypted("another-client-secret"))
    assert [type_ for type_, _ in told(world)] == ["application.added", "application.modified"]
    assert secret_of(world) == "another-client-secret"


@pytest.mark.parametrize("damaged", ["not base64!", "AAAA", "", None], ids=["text", "short", "empty", "missing"])
def test_a_secret_that_does_not_decrypt_is_an_illegal_parameter(damaged: str | None) -> None:
    world = kit_world()
    reply = send(world, request(world, "applicationSync", body("applicationSync", clientSecret=damaged)))
    answer = json.loads(reply.body)
    assert answer["resultCode"] == "000002"
    assert "clientSecret" in answer["resultMsg"]
    assert told(world) == []


def test_a_removal_does_not_look_at_the_secret() -> None:
    world = kit_world(KIT_PRIVATE_KEY="")
    for secret in ("not base64!", "", None):
        assert sync(world, "applicationSync", 1, flag=0, clientSecret=secret, clientId=None) == "000000"


def test_a_removed_application_is_told_and_gone_and_never_comes_back_by_an_older_call() -> None:
    world = kit_world()
    bind(world)
    sync(world, "applicationSync", 0)
    assert sync(world, "applicationSync", 5, flag=0) == "000000"
    assert sync(world, "applicationSync", 3) == "000000"
    assert [type_ for type_, _ in told(world)] == ["application.added", "application.removed"]
    assert secret_of(world) is None


def test_the_signature_is_checked_before_anything_is_decrypted() -> None:
    world = kit_world(KIT_PRIVATE_KEY="")
    reply = send(world, request(world, "applicationSync", body("applicationSync"), key="wrong"))
    assert json.loads(reply.body)["resultCode"] == "000001"


@pytest.mark.parametrize("setting", ["", "not a key", weak_key()], ids=["missing", "malformed", "2048 bits"])
def test_without_a_usable_private_key_the_setting_is_named_in_the_log(setting: str) -> None:
    world = kit_world(KIT_PRIVATE_KEY=setting)
    assert sync(world, "applicationSync") == "000005"
    assert "KIT_PRIVATE_KEY" in world.lines[-1]["reason"]


def test_a_debug_call_checks_the_secret_and_touches_nothing() -> None:
    world = kit_world()
    assert sync(world, "applicationSync", testFlag=1) == "000000"
    assert sync(world, "applicationSync", testFlag="1", clientSecret="AAAA") == "000002"
    assert isinstance(world.state, MemoryState)
    assert world.state.all_items() == []


def test_an_application_may_come_before_its_tenant() -> None:
    world = kit_world()
    assert sync(world, "applicationSync", 0) == "000000"
    assert find_tenant(world.state, "tenant-0001") == []
    sync(world, "tenantSync", 1)
    assert secret_of(world) == CLIENT_SECRET
