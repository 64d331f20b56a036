"""Who gets which settings, what fits, and how encrypted ones are compared."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from bundle_template import Bundle, Setting
from bundle_template.user_data import as_text
from deployment.errors import InputError
from deployment.settings import check_settings, hash_key, keyed_hash, secret_values, settings_of

KEYS = "MARKETPLACE_ACCESS_KEYS"


def test_a_function_gets_what_it_may_read_and_no_more(bundle: Bundle, settings: dict[str, str]) -> None:
    own = settings_of(bundle.components["prepare_state"], settings)
    assert set(own.plain) == {"STATE_URL"}
    assert set(own.encrypted) == {"STATE_ENCRYPTION_KEY"}


def test_an_empty_value_is_no_value(bundle: Bundle, settings: dict[str, str]) -> None:
    settings[KEYS] = ""
    assert KEYS not in settings_of(bundle.components["new_instance"], settings).encrypted
    with pytest.raises(InputError, match=KEYS):
        check_settings(bundle, settings)


def test_settings_just_fit(bundle: Bundle, settings: dict[str, str]) -> None:
    rest = len(as_text({"STATE_URL": ""}))
    settings["STATE_URL"] = "ü" * (4096 - rest)
    check_settings(bundle, settings)
    settings["STATE_URL"] += "u"
    with pytest.raises(InputError, match=r"4097 characters, FunctionGraph takes 4096; .*STATE_URL"):
        check_settings(bundle, settings)


def test_more_than_twenty_names_are_refused(bundle: Bundle, settings: dict[str, str]) -> None:
    names = tuple(f"EXTRA_{number}" for number in range(20))
    more = {name: Setting(name, "more", False, True, 1) for name in names}
    door = replace(bundle.components["new_instance"], settings=(*names, "STATE_URL"))
    larger = replace(
        bundle, settings={**bundle.settings, **more}, components={**bundle.components, "new_instance": door}
    )
    with pytest.raises(InputError, match="new_instance: 21 settings, FunctionGraph takes 20"):
        check_settings(larger, {**settings, **dict.fromkeys(names, "x")})


def test_hashes_tell_values_apart_and_are_keyed(bundle: Bundle, settings: dict[str, str]) -> None:
    key, values = hash_key(bundle, settings), {KEYS: "weak"}
    assert keyed_hash(key, values) == keyed_hash(key, dict(values))
    assert keyed_hash(key, values) != keyed_hash(key, {KEYS: "weaker"})
    assert keyed_hash(key, values) != keyed_hash(hash_key(bundle, {**settings, "STATE_ENCRYPTION_KEY": "x"}), values)
    assert keyed_hash(key, values) not in hashlib.sha256(as_text(values).encode()).hexdigest()
    assert keyed_hash(key, {}) == "none"


def test_the_key_stays_when_another_secret_changes(bundle: Bundle, settings: dict[str, str]) -> None:
    assert hash_key(bundle, settings) == hash_key(bundle, {**settings, KEYS: "new"})


def test_a_reference_is_no_key_and_no_secret(bundle: Bundle, settings: dict[str, str]) -> None:
    settings["STATE_ENCRYPTION_KEY"] = "csms:shop"
    other = {**settings, KEYS: "new"}
    assert hash_key(bundle, settings) != hash_key(bundle, other)
    assert secret_values(bundle, settings) == [settings[KEYS]]
