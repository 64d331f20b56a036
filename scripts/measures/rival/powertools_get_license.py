"""getLicenseAsync: the application for an online licence is kept, its device encrypted; a worker makes the licence."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, Reply, basic_message, respond, write
from measures.rival.idempotency import once
from measures.rival.instances import find_instance
from measures.rival.sealing import sealed


class GetLicenseAsync(Message):
    """The message."""

    activity: Literal["getLicenseAsync"]
    instance_id: Id
    event_id: Id
    effective_time: Annotated[str, Field(min_length=14, max_length=32)]
    expire_time: Annotated[str, Field(max_length=32)] = ""
    device_fingerprint: Annotated[str, Field(max_length=8192)] = ""


@once("event_id", "device_fingerprint")
def apply(message: GetLicenseAsync) -> Answer:
    """Only for an instance that is there."""
    key = f"license#{message.event_id}"
    item = {
        "id": {"S": key},
        "instance": find_instance(message.instance_id)["id"],
        "effective_time": {"S": message.effective_time},
        "expire_time": {"S": message.expire_time},
        "device": sealed(message.device_fingerprint, key),
    }
    write(item)
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, GetLicenseAsync, apply)
