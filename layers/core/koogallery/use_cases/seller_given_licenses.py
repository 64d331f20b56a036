"""GET and PUT /seller/licenses/{id}: the seller's product gives licences, and sees what became of them.

The id is what ``license.requested`` named: ``license_id`` of an application for an online licence, otherwise
``instance_id``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from koogallery import times
from koogallery.instance_store import load_instance
from koogallery.instances.instance import Instance
from koogallery.license_store import load_application
from koogallery.licenses.application import Application
from koogallery.messages.seller_licenses import parse_content
from koogallery.seller_interface import NotFound, SellerCall
from koogallery.use_cases.give_license import give_for_application, give_for_instance

_NOBODY = "nobody asked for a license with this id"


def get_given_license(call: SellerCall) -> dict[str, Any]:
    """What became of a licence; never the licence itself."""
    state, license_id = call.services.state, _license_id(call)
    application, _ = load_application(state, license_id)
    if application is not None:
        return _of_application(application)
    instance, _ = load_instance(state, license_id)
    if instance is None or not instance.licensed:
        raise NotFound(_NOBODY)
    return _of_instance(instance)


def put_given_license(call: SellerCall) -> dict[str, Any]:
    """Store a licence. The same once more is fine, and sends one again that could not be delivered."""
    license_id, content = _license_id(call), parse_content(call.read_body())
    application = give_for_application(call.services, license_id, content, again=True)
    if application is not None:
        return _of_application(application)
    instance = give_for_instance(call.services, license_id, content)
    if instance is None:
        raise NotFound(_NOBODY)
    return _of_instance(instance)


def _license_id(call: SellerCall) -> str:
    return call.request.path_parameters.get("license_id") or unquote(call.request.path.split("/")[3])


def _of_application(application: Application) -> dict[str, Any]:
    shown = {
        "license_id": application.event_id,
        "instance_id": application.instance_id,
        "status": application.status,
        "asked_at": _short(application.asked_at),
        "settled_at": _short(application.settled_at),
        "attempts": application.attempts or None,
        "last_failure": application.last_failure or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _of_instance(instance: Instance) -> dict[str, Any]:
    status = "given" if instance.license else "requested"
    return {"license_id": instance.instance_id, "instance_id": instance.instance_id, "status": status}


def _short(moment: str) -> str | None:
    return times.iso(times.parse_iso(moment)) if moment else None
