"""singleOrgSync: one department of an enterprise, kept encrypted."""

from __future__ import annotations

from measures.rival.common import SUCCESS, Answer, Event, Reply, kit_message, respond, write
from measures.rival.departments import Department, department_item
from measures.rival.directory import REMOVE, Flag, KitMessage, remove
from measures.rival.idempotency import once


class SingleOrgSync(KitMessage, Department):
    """The message."""

    flag: Flag


@once("instance_id", "tenant_id", "org_code", "time_stamp")
def store(message: SingleOrgSync) -> Answer:
    """A removal does not ask whether the department is there."""
    item = department_item(message, message)
    if message.flag == REMOVE:
        remove(item["id"]["S"])
    else:
        write(item)
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, kit_message, SingleOrgSync, store)
