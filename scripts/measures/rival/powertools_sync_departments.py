"""allOrgSync: all departments of an enterprise, kept encrypted; those that are not listed count no more."""

from __future__ import annotations

from measures.rival.common import SUCCESS, Answer, Event, Reply, kit_message, respond, write
from measures.rival.departments import Department, department_item
from measures.rival.directory import KitMessage, kit_key, write_all
from measures.rival.idempotency import once


class AllOrgSync(KitMessage):
    """The message; parents and children in any order."""

    org_info_list: list[Department]


@once("instance_id", "tenant_id", "time_stamp")
def store(message: AllOrgSync) -> Answer:
    """Departments first, then the time since which a department must have been listed to count."""
    items = {one.org_code: department_item(message, one) for one in message.org_info_list}
    write_all(list(items.values()))
    write({"id": {"S": kit_key("departments", message)}, "since": {"S": message.time_stamp}})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, kit_message, AllOrgSync, store)
