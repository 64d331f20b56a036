"""The fields of newInstance and queryInstance answers of SaaS 1.0, encrypted ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from koogallery_simulator.assumptions import V1_DEFAULT_ENCRYPT_TYPE
from koogallery_simulator.dialects import saas_v2_answers
from koogallery_simulator.dialects.base import Callback, InstanceLookup, Problem
from koogallery_simulator.field_encryption import KEY_BYTES, NotDecryptable, decrypt_field

ENCRYPTED = ("userName", "password")


def new_instance_problems(callback: Callback, answer: Mapping[str, object], key: str) -> Iterator[Problem]:
    """instanceId, appInfo (must be there on real calls), and that the marketplace can read it."""
    yield from saas_v2_answers.new_instance_problems(answer)
    if "appInfo" not in answer and not callback.test:
        yield "new-instance-app-info", "000000 without appInfo: the buyer has no access data"
    yield from saas_v2_answers.app_info_problems(answer)
    yield from encryption_problems(answer, [answer], key)


def query_instance_problems(
    callback: Callback, answer: Mapping[str, object], known: InstanceLookup, key: str
) -> Iterator[Problem]:
    """As in 2.0, with encrypted access data."""
    yield from saas_v2_answers.query_instance_problems(callback, answer, known)
    info = answer.get("info")
    entries = [entry for entry in info if isinstance(entry, dict)] if isinstance(info, list) else []
    yield from encryption_problems(answer, entries, key)


def encryption_problems(
    answer: Mapping[str, object], holders: Sequence[Mapping[str, object]], key: str
) -> Iterator[Problem]:
    """encryptType is 1 or 2, and every userName and password can be read with it."""
    encrypt_type = answer.get("encryptType", V1_DEFAULT_ENCRYPT_TYPE)
    if not isinstance(encrypt_type, str) or encrypt_type not in KEY_BYTES:
        yield "encrypt-type", 'encryptType is neither "1" nor "2"'
        return
    for holder in holders:
        app_info = holder.get("appInfo")
        for name in ENCRYPTED:
            value = app_info.get(name) if isinstance(app_info, dict) else None
            if isinstance(value, str) and value and not _readable(key, encrypt_type, value):
                yield "encrypted-field", f"appInfo.{name} cannot be decrypted with encryptType {encrypt_type}"


def _readable(key: str, encrypt_type: str, value: str) -> bool:
    try:
        decrypt_field(key, encrypt_type, value)
    except NotDecryptable:
        return False
    return True
