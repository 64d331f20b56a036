"""tenantSync: an enterprise is bound, changed or removed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from measures.rival.common import SUCCESS, Answer, Event, OptionalId, Reply, kit_message, respond, write
from measures.rival.directory import REMOVE, Flag, KitMessage, kit_key, remove
from measures.rival.idempotency import once


class TenantSync(KitMessage):
    """The message."""

    order_id: OptionalId
    tenant_code: OptionalId
    name: Annotated[str, Field(max_length=255)]
    domain_name: Annotated[str, Field(max_length=255)]
    flag: Flag


@once("instance_id", "tenant_id", "time_stamp")
def store(message: TenantSync) -> Answer:
    """A removal does not ask whether the tenant is there."""
    key = kit_key("tenant", message)
    if message.flag == REMOVE:
        remove(key)
    else:
        facts = message.model_dump(include={"order_id", "tenant_code", "name", "domain_name"})
        write({"id": {"S": key}, **{name: {"S": value} for name, value in facts.items()}})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, kit_message, TenantSync, store)
