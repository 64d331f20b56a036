"""authSync: users of an enterprise get, change or lose their access; personal data is kept encrypted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, OptionalId, Reply, kit_message, respond
from measures.rival.directory import REMOVE, UNAUTHORIZE, Flag, KitMessage, kit_key, write_all
from measures.rival.idempotency import once
from measures.rival.sealing import sealed

STATUS = {REMOVE: "removed", UNAUTHORIZE: "unauthorized"}


class User(Message):
    """A user of the list."""

    user_name: Id
    name: OptionalId = ""
    org_code: OptionalId = ""
    position: OptionalId = ""
    employee_code: OptionalId = ""
    employee_type: int | None = None
    role: Annotated[str, Field(max_length=32)] = ""
    enable: Literal["true", "false"] = "true"
    mobile: Annotated[str, Field(max_length=32)] = ""
    email: Annotated[str, Field(max_length=128)] = ""
    work_place: Annotated[str, Field(max_length=256)] = ""
    entry_date: Annotated[str, Field(max_length=20)] = ""


class AuthSync(KitMessage):
    """The message; the flag is for the whole list."""

    app_id: Id
    user_list: Annotated[list[User], Field(max_length=500)]
    current_sync_time: str = ""
    flag: Flag


@once("instance_id", "tenant_id", "app_id", "time_stamp")
def store(message: AuthSync) -> Answer:
    """One item for each user, its key without personal data beyond the account."""
    status = {"S": STATUS.get(message.flag, "present")}
    keys = {kit_key("user", message, message.app_id, user.user_name): user for user in message.user_list}
    write_all(
        [
            {"id": {"S": key}, "status": status, "user": sealed(user.model_dump_json(), key)}
            for key, user in keys.items()
        ]
    )
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, kit_message, AuthSync, store)
