from __future__ import annotations

import pytest

from koogallery.sign_in.cookies import ATTEMPT, SESSION


def test_cookies_carry_the_flags_that_keep_them_here() -> None:
    assert SESSION.set("v", secure=True) == {
        "Set-Cookie": "__Host-koogallery_session=v; Path=/; HttpOnly; Secure; SameSite=Lax"
    }
    assert ATTEMPT.set("v", secure=True, seconds=600) == {
        "Set-Cookie": "__Secure-koogallery_login=v; Path=/login; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
    }
    assert ATTEMPT.clear(secure=False) == {
        "Set-Cookie": "koogallery_login=; Path=/login; Max-Age=0; HttpOnly; SameSite=Lax"
    }


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("__Host-koogallery_session=a.b", "a.b"),
        ("x=1; __Host-koogallery_session=a=b; y=2", "a=b"),
        ("__Host-koogallery_session", ""),
        ("", ""),
        ("koogallery_session=a", ""),
        ("__Host-koogallery_session2=a", ""),
        ("__Host-koogallery_session=a; __Host-koogallery_session=b", ""),
        ("__Host-koogallery_session=a; " + "x" * 20_000, ""),
    ],
)
def test_a_cookie_is_read_when_it_is_there_once(header: str, value: str) -> None:
    assert SESSION.read(header, secure=True) == value
