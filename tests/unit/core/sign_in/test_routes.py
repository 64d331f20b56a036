"""What the project's template promises for the sign-in."""

from __future__ import annotations

import pytest

from bundle_template.reading import read_template
from local_cloud.routing import find_route

BUNDLE = read_template()


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/login", "sign_in"),
        ("GET", "/login/callback", "sign_in"),
        ("GET", "/login/refresh", "sign_in"),
        ("POST", "/login/refresh", "sign_in"),
        ("GET", "/logout", "sign_in"),
        ("POST", "/logout", "sign_in"),
        ("POST", "/seller/sessions", "seller_sessions"),
        ("GET", "/seller/sessions/s-1", "seller_sessions"),
        ("POST", "/seller/sessions/s-1", "seller_sessions"),
        ("DELETE", "/seller/sessions/s-1", "seller_sessions"),
    ],
)
def test_the_sign_in_is_routed(method: str, path: str, function: str) -> None:
    match, _ = find_route(BUNDLE.routes, method, path)
    assert match is not None
    assert match.route.function == function


def test_each_function_reads_no_more_than_it_needs() -> None:
    state = {"STATE_URL", "STATE_ACCESS_KEY", "STATE_SECRET_KEY", "CSMS_ENDPOINT"}
    sealed = {*state, "STATE_ENCRYPTION_KEY"}
    readable = {name: set(BUNDLE.components[name].readable_settings) for name in BUNDLE.components}
    assert readable["sign_in"] == {*sealed, "LOGIN_APP_ID", "LOGIN_ADDRESS", "SELLER_LOGIN_URL"}
    assert readable["seller_sessions"] == {*sealed, "SELLER_API_KEYS"}
    assert readable["expire_sessions"] == state


def test_used_codes_and_old_sessions_are_removed_every_hour() -> None:
    (timer,) = [timer for timer in BUNDLE.timers if timer.function == "expire_sessions"]
    assert (timer.schedule_type, timer.schedule) == ("Rate", "1h")
