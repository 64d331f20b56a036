"""Calls as a stranger makes them: no proxy, no redirects, known authorities, bounded answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, ProtocolError, ReadTimeoutError, SSLError

from doctor.answers import Answer
from doctor.errors import CertificateRefused, HostUnknown, NoAnswer, NotReached

MAX_BODY = 1024 * 1024
SECONDS = 10.0
"""Twice what a dial test allows: long enough to tell slow from dead."""


class Https:
    """``get`` and ``send``; connections are kept while the object lives."""

    def __init__(self, context: ssl.SSLContext) -> None:
        timeout = urllib3.Timeout(total=SECONDS)
        self._pool = urllib3.PoolManager(ssl_context=context, timeout=timeout, retries=False)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request; raises ``HostUnknown``, ``NotReached``, ``NoAnswer``, ``CertificateRefused``."""
        start = time.monotonic()
        try:
            reply = self._pool.request(
                method, url, headers=dict(headers), body=body or None, redirect=False, preload_content=False
            )
            content = _read(reply, start + SECONDS)
            reply.release_conn()
        except SSLError as error:
            raise CertificateRefused(f"no trusted TLS connection: {error}"[:200]) from error
        except (NameResolutionError, socket.gaierror) as error:
            raise HostUnknown("the name has no address in the DNS") from error
        except (ReadTimeoutError, ProtocolError) as error:
            raise NoAnswer(f"no answer within {SECONDS:.0f} s: {type(error).__name__}") from error
        except (HTTPError, OSError) as error:
            raise NotReached(f"no connection: {type(error).__name__}") from error
        lowered = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, lowered, content, time.monotonic() - start)


def _read(reply: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, cut off at its bound; an answer that drips in for ever is none."""
    content = bytearray()
    while len(content) < MAX_BODY and (piece := reply.read1(MAX_BODY - len(content))):
        content += piece
        if time.monotonic() > deadline:
            raise NoAnswer(f"no whole answer within {SECONDS:.0f} s")
    return bytes(content)
