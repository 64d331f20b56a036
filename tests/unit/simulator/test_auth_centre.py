"""The tenant's auth centre: single-use codes, expiring tokens, documented errors, and faults."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from koogallery_simulator import AuthCentre, CallFault, Request, SimulatedClock, SimulatorError, demo_tenant
from koogallery_simulator.auth_centre import AUTHORIZE, LOGOUT, TOKEN, USERINFO
from koogallery_simulator.auth_faults import answer_with, foreign_userinfo, oauth_error
from koogallery_simulator.faults import garbage, hang, reset
from koogallery_simulator.violations import Violations
from tests.unit.simulator.tools import START, read

CALLBACK = "https://bundle.example.com/login/callback"
FORM = "application/x-www-form-urlencoded"


class Centre:
    """An auth centre on a clock of its own, and calls to it."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(START)
        self.violations = Violations(self.clock)
        self.tenant = demo_tenant("https://acme.example.com")
        self.centre = AuthCentre(self.tenant, self.clock, CALLBACK, self.violations)

    def code(self, redirect_uri: str | None = None) -> str:
        address = self.centre.log_in("user.two", redirect_uri)
        return parse_qs(urlsplit(address).query)["code"][0]

    def token(self, *, content_type: str = FORM, **form: str) -> tuple[int, dict[str, Any]]:
        made = {"client_id": self.tenant.client_id, "client_secret": self.tenant.client_secret, **form}
        request = Request("POST", TOKEN, (), {"content-type": content_type}, urlencode(made).encode())
        return read(self.centre.handle(request))

    def exchange(self, code: str, **form: str) -> tuple[int, dict[str, Any]]:
        return self.token(grant_type="authorization_code", code=code, **form)

    def refresh(self, token: str) -> tuple[int, dict[str, Any]]:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def userinfo(self, token: str, scheme: str = "Bearer") -> tuple[int, dict[str, Any]]:
        return read(self.centre.handle(Request("GET", USERINFO, (), {"authorization": f"{scheme} {token}"})))


def test_login_sends_the_browser_back_with_code_and_tenant() -> None:
    centre = Centre()
    address = urlsplit(centre.centre.log_in("user.two"))
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK
    assert query["tenant"] == ["tenant-0001"]
    assert set(query) == {"code", "tenant"}
    with pytest.raises(SimulatorError, match="no user"):
        centre.centre.log_in("nobody")


def test_code_becomes_tokens_and_tokens_say_who_it_is() -> None:
    centre = Centre()
    status, tokens = centre.exchange(centre.code())
    assert (status, tokens["token_type"], tokens["expires_in"], tokens["scope"]) == (
        200,
        "Bearer",
        7200,
        "get_user_info",
    )
    status, user = centre.userinfo(tokens["access_token"])
    assert (status, user["tenant"], user["userName"], user["organizationCode"]) == (
        200,
        "tenant-0001",
        "user.two",
        "00000002",
    )
    assert user["role"] == "user"
    assert not centre.violations.all()


def test_code_is_good_once() -> None:
    centre = Centre()
    code = centre.code()
    centre.exchange(code)
    status, answer = centre.exchange(code)
    assert (status, answer["error"], answer["error_description"]) == (
        400,
        "invalid_grant",
        "Invalid authorization code",
    )
    assert centre.violations.rules() == {"oauth-code-reused"}


def test_code_is_over_after_its_lifetime() -> None:
    centre = Centre()
    code = centre.code()
    centre.clock.advance(300)
    assert centre.exchange(code)[1]["error"] == "invalid_grant"
    assert not centre.violations.all()


def test_redirect_uri_is_that_of_authorize_and_none_after_the_unified_page() -> None:
    centre = Centre()
    assert centre.exchange(centre.code(), redirect_uri=CALLBACK)[1]["error"] == "invalid_grant"
    assert centre.exchange(centre.code(CALLBACK), redirect_uri=CALLBACK)[0] == 200
    assert centre.violations.rules() == {"oauth-redirect"}


@pytest.mark.parametrize(
    ("form", "error", "rule"),
    [
        ({"client_id": "other"}, "invalid_client", "oauth-client"),
        ({"client_secret": "other"}, "invalid_client", "oauth-client"),
        ({"client_secret": ""}, "invalid_client", "oauth-client"),
        ({"grant_type": "password"}, "unsupported_grant_type", "oauth-grant"),
        ({"code": "unknown"}, "invalid_grant", None),
    ],
)
def test_errors_of_the_token_call(form: dict[str, str], error: str, rule: str | None) -> None:
    centre = Centre()
    status, answer = centre.token(**{"grant_type": "authorization_code", "code": centre.code(), **form})
    assert (status, answer["error"]) == (400, error)
    assert centre.violations.rules() == ({rule} if rule else set())


def test_token_call_is_a_form() -> None:
    centre = Centre()
    assert centre.token(content_type="application/json", grant_type="refresh_token")[0] == 400
    assert centre.violations.rules() == {"oauth-form"}


def test_access_token_lives_two_hours() -> None:
    centre = Centre()
    tokens = centre.exchange(centre.code())[1]
    centre.clock.advance(7199)
    assert centre.userinfo(tokens["access_token"])[0] == 200
    centre.clock.advance(1)
    status, answer = centre.userinfo(tokens["access_token"])
    assert (status, answer["error"]) == (401, "unauthorized")


def test_refresh_replaces_both_tokens() -> None:
    centre = Centre()
    first = centre.exchange(centre.code())[1]
    centre.clock.advance(7200)
    status, second = centre.refresh(first["refresh_token"])
    assert status == 200
    assert centre.userinfo(second["access_token"])[0] == 200
    assert centre.refresh(first["refresh_token"])[1]["error"] == "invalid_grant"
    assert centre.refresh(second["refresh_token"])[0] == 200


def test_refresh_token_lives_thirty_days() -> None:
    centre = Centre()
    first, second = (centre.exchange(centre.code())[1] for _ in range(2))
    centre.clock.advance(30 * 86_400 - 1)
    assert centre.refresh(first["refresh_token"])[0] == 200
    centre.clock.advance(1)
    assert centre.refresh(second["refresh_token"]) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid refresh token"},
    )


@pytest.mark.parametrize(("token", "scheme"), [("unknown", "Bearer"), ("", ""), ("?", "Basic")])
def test_userinfo_without_a_token(token: str, scheme: str) -> None:
    centre = Centre()
    good = centre.exchange(centre.code())[1]["access_token"]
    assert centre.userinfo(good if token == "?" else token, scheme)[0] == 401


def test_tokens_can_be_ended_at_once() -> None:
    centre = Centre()
    tokens = centre.exchange(centre.code())[1]
    centre.centre.expire_access()
    assert centre.userinfo(tokens["access_token"])[0] == 401
    code, refresh = centre.code(), tokens["refresh_token"]
    centre.centre.expire_all()
    assert centre.exchange(code)[0] == 400
    assert centre.refresh(refresh)[0] == 400


def test_logout_redirects_where_it_is_told() -> None:
    centre = Centre()
    reply = centre.centre.handle(Request("GET", LOGOUT, (("redirect_url", "https://app.example.com/bye"),), {}))
    assert (reply.status, reply.headers["Location"]) == (302, "https://app.example.com/bye")
    assert centre.centre.handle(Request("GET", LOGOUT, (), {})).headers["Location"] == "/login"
    assert centre.centre.logouts == 2


def test_authorize_checks_its_client() -> None:
    centre = Centre()
    query = (("response_type", "code"), ("client_id", centre.tenant.client_id))
    assert centre.centre.handle(Request("GET", AUTHORIZE, query, {})).status == 200
    assert centre.centre.handle(Request("GET", AUTHORIZE, query[:1], {})).status == 400


def test_unknown_address_is_a_violation() -> None:
    centre = Centre()
    assert centre.centre.handle(Request("GET", "/oauth2/token", (), {})).status == 404
    assert centre.violations.rules() == {"oauth-address"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (oauth_error("invalid_grant"), 400),
        (oauth_error("unauthorized"), 401),
        (oauth_error("forbidden"), 403),
        (oauth_error("server_error"), 500),
        (garbage("html", where="token", status=502), 502),
    ],
)
def test_fault_of_the_token_call_comes_once(fault: CallFault, status: int) -> None:
    centre = Centre()
    centre.centre.faults.append(fault)
    request = Request("POST", TOKEN, (), {"content-type": FORM}, b"")
    assert centre.centre.handle(request).status == status
    assert centre.exchange(centre.code())[0] == 200


def test_token_is_spent_although_the_answer_is_lost() -> None:
    centre = Centre()
    tokens = centre.exchange(centre.code())[1]
    centre.centre.faults.append(oauth_error("server_error", after_booking=True))
    assert centre.refresh(tokens["refresh_token"])[0] == 500
    assert centre.refresh(tokens["refresh_token"])[0] == 400
    assert not centre.violations.all()


@pytest.mark.parametrize(("fault", "action"), [(hang(1, where="userinfo"), "hang"), (reset(where="userinfo"), "reset")])
def test_userinfo_may_hang_or_break(fault: CallFault, action: str) -> None:
    centre = Centre()
    centre.centre.faults.append(fault)
    assert centre.centre.handle(Request("GET", USERINFO, (), {})).action == action


def test_userinfo_of_another_tenant_and_of_no_form() -> None:
    centre = Centre()
    token = centre.exchange(centre.code())[1]["access_token"]
    other = demo_tenant("https://other.example.com", number=2)
    centre.centre.faults += [foreign_userinfo(other, other.user("user.two")), answer_with([], "userinfo")]
    assert centre.userinfo(token)[1]["tenant"] == "tenant-0002"
    assert centre.centre.handle(Request("GET", USERINFO, (), {})).body == b"[]"
    assert centre.userinfo(token)[1]["tenant"] == "tenant-0001"
