"""The seller's product gives a licence, by PUT /seller/licenses/{id} or in the answer to ``license.requested``.

It never changes: the same one again is fine, another one is refused. The licence of an instance (old guide) is
answered by getLicense, that of an application (online licences) is uploaded behind the call.
"""

from __future__ import annotations

import json
from datetime import datetime

from koogallery.instance_store import update_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import RELEASED, Instance
from koogallery.license_store import give_content
from koogallery.licenses.application import LEFT_TO_A_PERSON, REQUESTED, Application, given
from koogallery.messages.seller import MalformedRequest
from koogallery.messages.seller_licenses import Content
from koogallery.seller_interface import Refused
from koogallery.services import Services


class LicenseConflict(Refused):
    """Another licence was given for the same id."""

    code = "license_conflict"


def give_for_application(services: Services, event_id: str, content: Content, *, again: bool) -> Application | None:
    """Store a licence to be uploaded; None when nobody applied. Raises ``LicenseConflict``.

    ``again``: one that could not be delivered is to be sent once more, since a person says so.
    """
    now = services.clock.now()
    sealed = services.sealer.seal(json.dumps(content), event_id)

    def change(before: Application) -> Application:
        if before.status == REQUESTED:
            return given(before, sealed, now)
        if open_content(services, before) != content:
            raise LicenseConflict("another licence was given for this application")
        return given(before, sealed, now) if again and before.status in LEFT_TO_A_PERSON else before

    return give_content(services.state, event_id, change, now=now)


def open_content(services: Services, application: Application) -> Content:
    """The licence of an application, in the clear."""
    content: Content = json.loads(services.sealer.open(application.content, application.event_id))
    return content


def give_for_instance(services: Services, instance_id: str, content: Content) -> Instance | None:
    """Store the licence getLicense waits for; None when none is waited for. Raises ``LicenseConflict``."""
    if "license" not in content:
        raise MalformedRequest("the licence of an instance is a text: send license")
    now = services.clock.now()
    licence = content["license"]
    sealed = services.sealer.seal(licence, instance_id)
    stored = update_instance(
        services.state, instance_id, lambda before: with_license(services, before, licence, sealed, now)
    )
    return stored if stored is not None and stored.licensed else None


def with_license(services: Services, before: Instance, licence: str, sealed: str, now: datetime) -> Instance:
    """The instance with its licence; raises ``Refused`` when there can be none."""
    if not before.licensed:
        return before
    if before.license:
        if services.sealer.open(before.license, before.instance_id) != licence:
            raise LicenseConflict("another licence was given for this instance")
        return before
    if before.status == RELEASED:
        raise Refused("the instance is released")
    return lifecycle.set_license(before, sealed, now)
