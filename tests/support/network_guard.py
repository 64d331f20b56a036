"""Keeps the test process on this machine: anything that leaves the loopback interface fails the test.

Every connection, datagram and name look-up of the socket module is looked at. Not by an audit hook: that is Python code
in the middle of ``sys.settrace``, and a thread that starts there, under coverage, dies before its first line. The code
under test may swallow a refusal, so it is remembered as well, and the test fails at its end.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from functools import wraps
from typing import Any

LOCAL_NAMES = {"localhost", ""}
_refused: list[str] = []


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not on the loopback interface."""


def install() -> None:
    """Watch this process from now on."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name), _host_of_address))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _guarded(getattr(socket, name), _host_of_name))


def take_refused() -> list[str]:
    """What was refused since the last time this was asked."""
    refused = list(_refused)
    _refused.clear()
    return refused


def is_local(host: object) -> bool:
    """Whether a host is this machine's loopback interface, by name or address."""
    if host is None:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(call: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
    @wraps(call)
    def guarded(*arguments: Any, **options: Any) -> Any:
        host = host_of(*arguments, **options)
        if not is_local(host):
            _refused.append(f"{call.__name__}: {host!r}")
            raise LeftTheMachine(_refused[-1])
        return call(*arguments, **options)

    return guarded


def _host_of_address(_socket: socket.socket, *arguments: object) -> object:
    """The address comes last; that of a socket file is a path."""
    address = arguments[-1]
    return address[0] if isinstance(address, tuple) else None


def _host_of_name(host: object, *_: object, **_options: object) -> object:
    """None for a name that no look-up can be sent for: the socket module refuses it itself."""
    try:
        return host.encode("idna") if isinstance(host, str) else host
    except UnicodeError:
        return None
