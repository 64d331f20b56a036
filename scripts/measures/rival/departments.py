"""A department: its members and its item."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from measures.rival.common import Id, Message, OptionalId
from measures.rival.directory import KitMessage, kit_key
from measures.rival.sealing import sealed


class Department(Message):
    """One department; the parent is empty at the top."""

    org_code: Id
    org_name: Annotated[str, Field(max_length=128)]
    parent_code: OptionalId = ""


def department_item(message: KitMessage, department: Department) -> dict[str, Any]:
    """What is stored of a department that a sync tells of."""
    key = kit_key("department", message, department.org_code)
    content = department.model_dump_json(include={"org_code", "org_name", "parent_code"})
    return {"id": {"S": key}, "time": {"S": message.time_stamp}, "department": sealed(content, key)}
