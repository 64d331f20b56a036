"""Access data that the seller's product reports, by a call or in the answer to an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from koogallery.encryption import Sealer
from koogallery.instances import lifecycle
from koogallery.instances.instance import RELEASED, Instance
from koogallery.messages.seller import MalformedRequest
from koogallery.use_cases.access_data import seal_access
from koogallery_signing.sensitive_fields import MAX_TEXT_BYTES

_ENCRYPTED_IN_V1 = ("user_name", "password")


def with_access(instance: Instance, access: dict[str, str], sealer: Sealer, now: datetime) -> Instance:
    """The instance with access data; a released one stays as it is. Raises ``MalformedRequest``."""
    if instance.status == RELEASED:
        return instance
    if instance.is_of_v1:
        _check_lengths(access)
    return lifecycle.set_access(instance, seal_access(sealer, instance.instance_id, access), now)


def _check_lengths(access: Mapping[str, str]) -> None:
    """1.0 encrypts both into 128 characters: what does not fit would fail every answer about the instance."""
    for name in _ENCRYPTED_IN_V1:
        if len(access.get(name, "").encode()) > MAX_TEXT_BYTES:
            raise MalformedRequest(f"{name} must have at most {MAX_TEXT_BYTES} bytes for an instance of SaaS 1.0")
