"""Keeps the test process on this machine: anything that leaves the loopback interface fails the test.

An audit hook sees every connection, datagram and name look-up of the process, also those of C extensions. The
code under test may swallow the refusal, so it is remembered as well, and the test fails at its end.
"""

from __future__ import annotations

import ipaddress
import sys

LOCAL_NAMES = {"localhost", ""}
_refused: list[str] = []


class LeftTheMachine(AssertionError):
    """A test tried to reach something that is not on the loopback interface."""


def install() -> None:
    """Watch this process from now on; an audit hook cannot be taken out again."""
    sys.addaudithook(_audit)


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


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if not is_local(host):
        _refused.append(f"{event}: {host!r}")
        raise LeftTheMachine(_refused[-1])
