"""The guard that keeps tests on this machine."""

from __future__ import annotations

import socket

import pytest

from tests.support import network_guard
from tests.support.network_guard import LeftTheMachine, is_local, take_refused


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "", b"localhost", None])
def test_the_loopback_interface_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "example.test", "0.0.0.0", "10.0.0.1", "2001:db8::1", b"example.test"])  # noqa: S104
def test_everything_else_is_not(host: object) -> None:
    assert not is_local(host)


def test_connections_look_ups_and_datagrams_that_leave_are_refused_and_remembered() -> None:
    with socket.socket() as stream, pytest.raises(LeftTheMachine):
        stream.connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, pytest.raises(LeftTheMachine):
        datagrams.sendto(b"", ("192.0.2.1", 53))
    with pytest.raises(LeftTheMachine):
        socket.getaddrinfo("example.test", 443)
    assert len(take_refused()) == 3
    assert network_guard.take_refused() == []
