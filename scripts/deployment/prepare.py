"""``prepare_state``, the function of the bundle that makes the table inside the VPC and looks around from there."""

from __future__ import annotations

import json
from collections.abc import Mapping

from deployment.actual import Account
from deployment.errors import NotFinished, NotFound
from deployment.read_functions import SERVICE

FUNCTION = "prepare_state"
READY = "ready"
FINE = {"ready", "reachable", "writable", "not set"}
_MAX_TEXT = 300


def prepare_state(account: Account, qualifier: str) -> dict[str, str]:
    """Run it once; its reply names what it found of table, marketplace, webhook and archive."""
    about = f"function {account.names.full(FUNCTION)}"
    text = account.cloud.redact(invoke(account, qualifier, {"caller": "deploy"}))
    answer = read_reply(text)
    if "table" not in answer:
        raise NotFinished(f"{about} failed: {text[:_MAX_TEXT]}; look into its log, then run apply again")
    return answer


def invoke(account: Account, qualifier: str, event: Mapping[str, str]) -> str:
    """The reply's text. A version published a moment ago may not be known yet."""
    unknown: NotFound | None = None
    for _ in account.cloud.pauses():
        try:
            reply = account.cloud.call(
                SERVICE,
                "invoke_function",
                f"function {account.names.full(FUNCTION)}",
                function_urn=account.names.urn(FUNCTION, qualifier),
                x_cff_request_version="v1",
                body=dict(event),
            )
        except NotFound as exc:
            unknown = exc
        else:
            return str(reply["result"])
    raise unknown or NotFinished("no try was left")


def read_reply(text: str) -> dict[str, str]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in answer.items()} if isinstance(answer, dict) else {}


def require_table(answer: Mapping[str, str]) -> None:
    """Routes are not published over a state that is not there."""
    if answer["table"] != READY:
        raise NotFinished(
            f"the table is not ready: {answer['table']}; check STATE_URL, the table's keys, VPC and subnet, then run "
            "apply again. Nothing was published."
        )
