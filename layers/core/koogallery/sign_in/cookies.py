"""The two cookies of the sign-in. A reply of an event function carries one ``Set-Cookie`` at most.

So a finished login sets the session's cookie and leaves the attempt's: that one is spent in the state and soon over.
The prefixes ``__Host-`` and ``__Secure-`` keep other hosts and plain http from setting them (RFC 6265bis); they need
``Secure``, which browsers do not take from http on a loopback host.
"""

from __future__ import annotations

MAX_COOKIE_HEADER = 16_384


class CookieKind:
    """A cookie of ours: its name depends on whether the connection is secure."""

    def __init__(self, name: str, path: str, prefix: str) -> None:
        self._name, self._path, self._prefix = name, path, prefix

    def name(self, *, secure: bool) -> str:
        """The name as browsers send it."""
        return (self._prefix if secure else "") + self._name

    def set(self, value: str, *, secure: bool, seconds: int | None = None) -> dict[str, str]:
        """The header; without ``seconds`` the cookie ends with the browser."""
        age = "" if seconds is None else f"; Max-Age={seconds}"
        flags = "; HttpOnly; Secure; SameSite=Lax" if secure else "; HttpOnly; SameSite=Lax"
        return {"Set-Cookie": f"{self.name(secure=secure)}={value}; Path={self._path}{age}{flags}"}

    def clear(self, *, secure: bool) -> dict[str, str]:
        """The header that makes a browser forget the cookie."""
        return self.set("", secure=secure, seconds=0)

    def read(self, header: str, *, secure: bool) -> str:
        """The value in a ``Cookie`` header, empty when there is none. Sent twice, one of them is not ours."""
        if len(header) > MAX_COOKIE_HEADER:
            return ""
        pairs = [part.strip().partition("=") for part in header.split(";")]
        values = [value for name, _, value in pairs if name == self.name(secure=secure)]
        return values[0] if len(values) == 1 else ""


ATTEMPT = CookieKind("koogallery_login", "/login", "__Secure-")
SESSION = CookieKind("koogallery_session", "/", "__Host-")
