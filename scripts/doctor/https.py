"""Calls as a stranger makes them: no proxy, no redirects, known authorities, bounded answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, NameResolutionError, SSLError

from doctor.answers import Answer
from doctor.errors import CertificateRefused, HostUnknown, NotReached

MAX_BODY = 1024 * 1024
SECONDS = 20.0
"""The longest time limit that any page of the marketplace names."""


class Https:
    """``get`` and ``send``; connections are kept while the object lives."""

    def __init__(self, context: ssl.SSLContext) -> None:
        timeout = urllib3.Timeout(total=SECONDS)
        self._pool = urllib3.PoolManager(ssl_context=context, timeout=timeout, retries=False)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request; raises ``HostUnknown``, ``NotReached``, ``CertificateRefused``."""
        start = time.monotonic()
        try:
            reply = self._pool.request(
                method, url, headers=dict(headers), body=body or None, redirect=False, preload_content=False
            )
            content = reply.read(MAX_BODY + 1)
            reply.release_conn()
        except SSLError as error:
            raise CertificateRefused(f"no trusted TLS connection: {error}"[:200]) from error
        except (NameResolutionError, socket.gaierror) as error:
            raise HostUnknown("the name has no address in the DNS") from error
        except MaxRetryError as error:
            raise NotReached(f"no answer: {type(error.reason).__name__}") from error
        except (HTTPError, OSError) as error:
            raise NotReached(f"no answer: {type(error).__name__}") from error
        lowered = {name.lower(): value for name, value in reply.headers.items()}
        return Answer(reply.status, lowered, content[:MAX_BODY], time.monotonic() - start)
