"""``prepare_state``, the function of the bundle that makes the table inside the VPC and looks around from there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from deployment.actual import Account
from deployment.errors import NotFinished
from deployment.read_functions import SERVICE

FUNCTION = "prepare_state"
READY, DELETED = "ready", "deleted"
FINE = {"ready", "reachable", "writable", "not set"}
_MAX_TEXT = 300


def prepare_state(account: Account, qualifier: str) -> dict[str, str]:
    """Run it once; its reply names what it found of table, marketplace, webhook and archive."""
    about = f"function {account.names.full(FUNCTION)}"
    reply = account.cloud.call(
        SERVICE,
        "invoke_function",
        about,
        function_urn=account.names.urn(FUNCTION, qualifier),
        x_cff_request_version="v1",
        body={"caller": "deploy"},
    )
    text = account.cloud.redact(str(reply["result"]))
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping) or "table" not in answer:
        raise NotFinished(f"{about} failed: {text[:_MAX_TEXT]}; look into its log, then run apply again")
    return {str(name): str(value) for name, value in answer.items()}


def require_table(answer: Mapping[str, str]) -> None:
    """Routes are not published over a state that is not there."""
    if answer["table"] != READY:
        raise NotFinished(
            f"the table is not ready: {answer['table']}; check STATE_URL, the table's keys, VPC and subnet, then run "
            "apply again. Nothing was published."
        )


def delete_table(account: Account, qualifier: str, table: str) -> None:
    """Have the function delete the table, which only it can reach; the name has to be the one it uses."""
    about = f"function {account.names.full(FUNCTION)}"
    reply = account.cloud.call(
        SERVICE,
        "invoke_function",
        about,
        function_urn=account.names.urn(FUNCTION, qualifier),
        x_cff_request_version="v1",
        body={"caller": "deploy", "delete_table": table},
    )
    try:
        answer = json.loads(str(reply["result"]))
    except ValueError:
        answer = {}
    if not isinstance(answer, Mapping) or answer.get("table") != DELETED:
        told = account.cloud.redact(str(answer.get("table") if isinstance(answer, Mapping) else answer))
        raise NotFinished(f"the table {table} was not deleted: {told[:_MAX_TEXT]}; nothing else was touched")
