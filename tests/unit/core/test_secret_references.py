"""Settings that stand in CSMS: read once, kept for a while, a clear error when they cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from koogallery import secret_references
from koogallery.clock import FrozenClock
from koogallery.errors import SettingsError
from koogallery.http import HttpError, HttpResponse, HttpUnreachable
from koogallery.secret_references import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS, SecretUnavailable
from koogallery.settings import Settings, from_context
from tests.support.log_lines import Lines, catch_lines
from tests.support.scripted_http import ScriptedHttp

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
ENDPOINT = "https://csms.cn-north-4.myhuaweicloud.com"
DOWN = HttpUnreachable("csms", "timeout")


def secret(text: object) -> HttpResponse:
    """CSMS's answer."""
    return HttpResponse(200, {}, json.dumps({"version": {"secret_string": text}}).encode())


class Function:
    """A function's instance with settings, an agency and a scripted CSMS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: HttpResponse | HttpError) -> None:
        self.clock = FrozenClock(AT)
        self.http = ScriptedHttp(*answers)
        self.user_data = {"CSMS_ENDPOINT": ENDPOINT, "SELLER_API_KEYS": "csms:api-keys"}
        monkeypatch.setattr(secret_references, "_http", lambda: self.http)

    def load(self) -> Settings:
        """What every call of the function does first."""
        context = SimpleNamespace(
            getUserData=self.user_data.get,
            getSecurityAccessKey=lambda: "TEMPORARYKEY",
            getSecuritySecretKey=lambda: "temporary-secret",
            getSecurityToken=lambda: "temporary-token",
            getProjectID=lambda: "project-1",
            clock=self.clock,
        )
        return Settings.load(from_context(context))


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    secret_references._kept.clear()
    yield
    secret_references._kept.clear()


def test_a_reference_stands_for_the_text_of_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("current-key,previous-key"))
    settings = function.load()
    assert settings.seller_api_keys == "current-key,previous-key"
    assert {"current-key", "previous-key"} <= set(settings.secrets())
    (sent,) = function.http.sent
    assert (sent.method, sent.url) == ("GET", f"{ENDPOINT}/v1/project-1/secrets/api-keys/versions/latest")
    assert sent.headers["X-Security-Token"] == "temporary-token"


def test_a_plain_setting_may_refer_too_and_blanks_around_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("https://product.example/hook?token=t"))
    function.user_data = {"CSMS_ENDPOINT": ENDPOINT, "SELLER_WEBHOOK_URL": " csms:hook "}
    assert function.load().seller_webhook_url == "https://product.example/hook?token=t"


def test_a_secret_is_asked_for_once_in_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("first-key"), secret("second-key"))
    assert [function.load().seller_api_keys for _ in range(3)] == ["first-key"] * 3
    function.clock.advance(FRESH_SECONDS - 1)
    assert function.load().seller_api_keys == "first-key"
    assert len(function.http.sent) == 1
    function.clock.advance(1)
    assert function.load().seller_api_keys == "second-key"


def test_two_settings_may_share_a_secret_that_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("the-key"))
    function.user_data["MARKETPLACE_KIT_KEYS"] = "csms:api-keys"
    assert function.load().marketplace_kit_keys == function.load().seller_api_keys == "the-key"
    assert len(function.http.sent) == 1


def test_a_value_is_used_longer_while_csms_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("first-key"), DOWN, HttpResponse(503, {}, b""), secret("second-key"))
    lines: Lines = []
    with catch_lines(lines):
        function.load()
        function.clock.advance(FRESH_SECONDS)
        assert [function.load().seller_api_keys for _ in range(3)] == ["first-key"] * 3
        assert len(function.http.sent) == 2, "a service that is down is left alone for a minute"
        function.clock.advance(PAUSE_SECONDS)
        assert function.load().seller_api_keys == "first-key"
        function.clock.advance(PAUSE_SECONDS)
        assert function.load().seller_api_keys == "second-key"
    assert [(line["event"], line["setting"]) for line in lines] == [("secret_kept_longer", "SELLER_API_KEYS")] * 2
    assert "first-key" not in str(lines)


def test_a_value_is_not_used_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(monkeypatch, secret("first-key"), DOWN)
    function.load()
    function.clock.advance(STALE_SECONDS)
    with pytest.raises(SecretUnavailable):
        function.load()


@pytest.mark.parametrize("answer", [DOWN, HttpResponse(429, {}, b""), HttpResponse(500, {}, b"")])
def test_an_outage_may_pass_and_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, answer: HttpResponse | HttpError
) -> None:
    function = Function(monkeypatch, answer, secret("the-key"))
    with pytest.raises(SecretUnavailable, match="setting SELLER_API_KEYS stands in CSMS"):
        function.load()
    assert function.load().seller_api_keys == "the-key"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (HttpResponse(404, {}, b'{"error_code":"CSM.0404"}'), "cannot be read: .*CSM.0404"),
        (HttpResponse(403, {}, b""), "cannot be read: .*status 403"),
        (secret(""), "without a text"),
        (secret(None), "without a text"),
        (secret(7), "without a text"),
        (HttpResponse(200, {}, b"[]"), "without a text"),
        (HttpResponse(200, {}, b"not JSON"), "without a text"),
        (HttpResponse(200, {}, b"[" * 100_000), "without a text"),
        (secret("csms:another"), "refers to a CSMS secret"),
        (secret("x" * 9000), "more than"),
    ],
)
def test_a_secret_that_cannot_be_read_is_an_error_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, answer: HttpResponse, problem: str
) -> None:
    function = Function(monkeypatch, answer)
    with pytest.raises(SettingsError, match=problem) as caught:
        function.load()
    assert caught.value.setting == "SELLER_API_KEYS"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", "x" * 65, "a?b", "ä"])
def test_a_name_that_is_none_is_never_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    function = Function(monkeypatch, secret("the-key"))
    function.user_data["SELLER_API_KEYS"] = f"csms:{name}"
    with pytest.raises(SettingsError, match="SELLER_API_KEYS refers to CSMS by something"):
        function.load()
    assert not function.http.sent


@pytest.mark.parametrize(("endpoint", "problem"), [("", "is missing"), ("http://csms.example", "must be an https")])
def test_the_address_of_csms_is_named_when_it_is_at_fault(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, problem: str
) -> None:
    function = Function(monkeypatch, secret("the-key"))
    function.user_data["CSMS_ENDPOINT"] = endpoint
    with pytest.raises(SettingsError, match=f"CSMS_ENDPOINT {problem}"):
        function.load()


def test_a_kept_value_is_not_shown() -> None:
    assert "the-key" not in repr(secret_references._Kept("the-key", 0.0, 0.0))


def test_without_a_reference_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys\n"
        "from koogallery.settings import Settings, from_context\n"
        "import koogallery.callback\n"
        "Settings.load(from_context(None))\n"
        "names = ('koogallery.secret_references', 'koogallery.cloud_api', 'huaweicloudsdk', 'requests', 'urllib3')\n"
        "print([name for name in sys.modules if name.startswith(names)])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
