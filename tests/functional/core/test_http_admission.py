"""Hosts that were named by others: what they resolve to is checked where the connection is made."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from koogallery.http import HttpClient, HttpLimits, HttpRequest, HttpUnreachable
from koogallery.sign_in.addresses import is_admitted
from tests.functional.core.scripted_server import ScriptedServer, answer

LIMITS = HttpLimits(connect_seconds=2.0, read_seconds=2.0, total_seconds=2.0, max_response_bytes=100)


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient(admits=is_admitted)
    yield client
    client.close()


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[Any]:
    """Let every name resolve to these addresses; connections that are opened anyway."""
    opened: list[Any] = []

    def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
        del host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    def connect(_: object, address: object) -> None:
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return opened


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["169.254.169.254"], ["127.0.0.1"], ["93.184.216.34", "192.168.0.1"]]
)
def test_a_name_that_resolves_into_a_private_network_is_not_connected_to(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    opened = resolving(monkeypatch, *addresses)
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", "https://auth.tenant.example/"), LIMITS)
    assert caught.value.kind == "not_admitted"
    assert opened == []


def test_a_name_that_resolves_to_public_addresses_is_connected_to(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = resolving(monkeypatch, "93.184.216.34")
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", "https://auth.tenant.example/"), LIMITS)
    assert caught.value.kind == "refused"
    assert opened == [("93.184.216.34", 443)]


def test_a_loopback_host_is_connected_to(client: HttpClient) -> None:
    with ScriptedServer(answer(200, b"here")) as server:
        assert client.send(HttpRequest("GET", server.url), LIMITS).body == b"here"


def test_a_loopback_host_that_resolves_elsewhere_is_not(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = resolving(monkeypatch, "10.0.0.1")
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", "http://localhost/"), LIMITS)
    assert (caught.value.kind, opened) == ("not_admitted", [])
