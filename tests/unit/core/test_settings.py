"""Settings: what is missing or malformed is named, what is secret is never shown."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest

from koogallery.errors import SettingsError
from koogallery.settings import Settings, from_context


def load(**values: str) -> Settings:
    return Settings.load(values.get)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="STATE_URL is missing") as caught:
        load().require("STATE_URL")
    assert caught.value.setting == "STATE_URL"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKETPLACE_ENDPOINT", "http://mkt.myhuaweicloud.com"),
        ("SELLER_WEBHOOK_URL", "ftp://seller.example.com/hook"),
        ("SELLER_WEBHOOK_URL", "not an address"),
        ("USAGE_CLOSING_MINUTES", "five"),
        ("RETENTION_DAYS", "-1"),
        ("RETENTION_DAYS", "22"),
        ("QUERY_USAGE_INFO", "maybe"),
        ("DEBUG_ACCESS", "[]"),
        ("MARKETPLACE_V1_ENCRYPT_TYPE", "3"),
        ("LOGIN_ADDRESS", "https://exämple.com/"),
        ("LOGIN_ADDRESS", "https://example.com/a b"),
        ("LOGIN_ADDRESS", "https://[::1/"),
        ("LICENSE_GRACE_HOURS", "12345"),
        ("DEBUG_ACCESS", "{"),
        ("STATE_URL", "s" * 9000),
        ("STATE_ENCRYPTION_KEY", "c2hvcnQ="),
        ("STATE_ENCRYPTION_KEY", "a word"),
        ("SELLER_WEBHOOK_SECRET", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"),
        ("SELLER_WEBHOOK_SECRET", "whsec_c2hvcnQ="),
    ],
)
def test_a_malformed_setting_is_named_and_its_value_is_not_told(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**{name: value})
    assert caught.value.setting == name
    assert value not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost", "[::1]:9"])
def test_plain_http_is_taken_on_loopback_only(host: str) -> None:
    assert load(SELLER_WEBHOOK_URL=f"http://{host}/hook").seller_webhook_url == f"http://{host}/hook"


def test_a_reference_to_a_secret_store_is_refused_instead_of_being_used_as_the_key() -> None:
    with pytest.raises(SettingsError, match="MARKETPLACE_ACCESS_KEYS refers to a CSMS secret"):
        load(MARKETPLACE_ACCESS_KEYS="csms:marketplace-keys")


def test_blanks_around_a_value_do_not_count() -> None:
    assert load(STATE_URL=" sqlite:////x.db ").state_url == "sqlite:////x.db"
    with pytest.raises(SettingsError, match=r"MARKETPLACE_SK refers to a CSMS secret"):
        load(MARKETPLACE_SK=" csms:key")


def test_settings_never_change_and_have_no_other_names() -> None:
    settings = load(STATE_URL="sqlite:////x.db")
    with pytest.raises(AttributeError):
        settings.state_url = "sqlite:////y.db"
    with pytest.raises(TypeError, match="state_uri"):
        Settings(state_uri="x")


def test_every_single_key_of_a_list_counts_as_secret() -> None:
    secrets = load(
        MARKETPLACE_ACCESS_KEYS="current-key, previous-key", MARKETPLACE_ENDPOINT="https://x.example"
    ).secrets()
    assert {"current-key", "previous-key"} <= set(secrets)
    assert "https://x.example" not in secrets


def test_secrets_do_not_stand_in_the_repr() -> None:
    key = base64.b64encode(bytes(32)).decode()
    shown = repr(load(STATE_ENCRYPTION_KEY=key, MARKETPLACE_SK="a-secret-key", STATE_URL="sqlite:////x.db"))
    assert key not in shown
    assert "a-secret-key" not in shown
    assert "sqlite:////x.db" in shown


def test_encrypted_user_data_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_URL", "sqlite:////environment.db")
    monkeypatch.setenv("ARCHIVE_URL", "file:///environment")
    context = SimpleNamespace(getUserData={"STATE_URL": "sqlite:////user-data.db"}.get)
    source = from_context(context)
    assert source("STATE_URL") == "sqlite:////user-data.db"
    assert source("ARCHIVE_URL") == "file:///environment"
    assert from_context(object())("ARCHIVE_URL") == "file:///environment"
