"""What the seller's product may answer to an event: access data, or a licence. Whatever it answers, it is delivered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import LICENSE_REQUESTED
from koogallery.logs import log_line
from koogallery.messages.seller import MalformedRequest, parse_access
from koogallery.messages.seller_licenses import parse_content
from koogallery.outbox import Event, Outbox
from koogallery.seller_interface import Refused
from koogallery.services import Services
from koogallery.use_cases.give_access import with_access
from koogallery.use_cases.give_license import give_for_application, give_for_instance

Change = Callable[[Outbox], Outbox]


def take_answer(services: Services, event: Event, answer: Mapping[str, object], now: datetime) -> Change:
    """Keep what an answer brings; the change it makes to the owner of the event when that is written back."""
    if event.type == LICENSE_REQUESTED:
        _take_license(services, event, answer)
    access = answer.get("access")
    instance_id = event.data.get("instance_id")
    if not isinstance(access, dict) or not isinstance(instance_id, str):
        return _unchanged

    def change(owner: Outbox) -> Outbox:
        if not isinstance(owner, Instance) or owner.instance_id != instance_id:
            return owner
        try:
            return with_access(owner, parse_access(access), services.sealer, now)
        except MalformedRequest as error:
            log_line("access_in_answer_refused", event_id=event.id, reason=str(error))
            return owner

    return change


def _unchanged(owner: Outbox) -> Outbox:
    return owner


def _take_license(services: Services, event: Event, answer: Mapping[str, object]) -> None:
    """Stored before the event is taken for delivered: after a crash in between it is delivered and answered again."""
    if "license" not in answer and "content_base64" not in answer:
        return
    try:
        content = parse_content(answer)
        if "license_id" in event.data:
            give_for_application(services, str(event.data["license_id"]), content, again=False)
        else:
            give_for_instance(services, str(event.data["instance_id"]), content)
    except (MalformedRequest, Refused) as error:
        log_line("license_in_answer_refused", level=logging.ERROR, alarm=True, event_id=event.id, reason=str(error))
