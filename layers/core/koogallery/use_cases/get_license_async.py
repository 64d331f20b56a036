"""getLicenseAsync: a buyer applies for an online licence; the seller's product is told once and makes it.

The application is stored first (it carries the key: event id and device), then the instance that tells of it: a
crash in between is repaired by the marketplace's next try.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from koogallery import times
from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance, load_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import RELEASED, Instance
from koogallery.license_store import load_application
from koogallery.licenses.application import Application
from koogallery.messages.callbacks import IllegalParameter
from koogallery.messages.licenses import GetLicenseAsync
from koogallery.result_codes import EXPIRY_NEEDED, FINGERPRINT_NEEDED, NOT_FOUND
from koogallery.services import Services
from koogallery.slots import application_key

_UNKNOWN = Answer(NOT_FOUND, "the instance does not exist")


def get_license_async(services: Services, call: Call) -> Answer:
    """At most three writes; none for a repetition."""
    message: GetLicenseAsync = call.message
    loaded = load_instance(services.state, message.instance_id)
    instance = loaded[0]
    if instance is None or instance.status == RELEASED:
        return _UNKNOWN
    refused = _incomplete(message, instance, services.settings.needs_fingerprint(instance.product_id))
    if refused:
        return refused
    _store(services, message, call)
    device = _device(message)
    sealed = services.sealer.seal(json.dumps({"device_fingerprint": message.device_fingerprint}), message.instance_id)
    outcome = change_instance(
        services.state,
        message.instance_id,
        lambda before: lifecycle.apply_for_license(
            before, f"license {message.event_id} {device}", call.request, _data(message), sealed
        ),
        now=call.request.now,
        loaded=loaded,
    )
    return Answer(outcome.result_code, outcome.message)


def _incomplete(message: GetLicenseAsync, instance: Instance, needs_fingerprint: bool) -> Answer | None:
    """What the guide has codes for, as far as it can be known here."""
    if instance.charging_mode == "PERIOD" and message.expire_time is None:
        return Answer(EXPIRY_NEEDED, "a period-billed licence needs an expiry date")
    if needs_fingerprint and not message.device_fingerprint:
        return Answer(FINGERPRINT_NEEDED, "a device fingerprint is needed")
    return None


def _store(services: Services, message: GetLicenseAsync, call: Call) -> None:
    """The application as first received; a second one under the same event id must be the same."""
    fresh = Application(
        event_id=message.event_id,
        instance_id=message.instance_id,
        device=_device(message),
        asked_at=times.iso_millis(call.request.now),
    )
    if services.state.put_if_absent(application_key(message.event_id), fresh.to_document()):
        return
    known, _ = load_application(services.state, message.event_id)
    if known is not None and (known.instance_id, known.device) != (fresh.instance_id, fresh.device):
        raise IllegalParameter("eventId: belongs to an application of another instance or device")


def _device(message: GetLicenseAsync) -> str:
    return hashlib.sha256(message.device_fingerprint.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _data(message: GetLicenseAsync) -> dict[str, Any]:
    data = {"license_id": message.event_id, "effective_time": times.iso(message.effective_time)}
    return data | ({"expire_time": times.iso(message.expire_time)} if message.expire_time else {})
