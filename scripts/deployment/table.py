"""Deletes the table by name, from inside the VPC, where alone it can be reached."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from bundle_packages.zips import write_zip
from deployment import drop_table
from deployment.actual import Account
from deployment.errors import NotFinished
from deployment.names import LATEST
from deployment.prepare import FUNCTION, invoke, read_reply
from deployment.read_functions import SERVICE

MAX_TEXT = 300


def delete_table(account: Account, table: str) -> None:
    """Have ``latest`` of ``prepare_state``, which serves nobody, delete the table; raises ``NotFinished``.

    Its code is replaced for that; an apply after an unfinished destroy would put the bundle's back.
    """
    _replace_code(account)
    told = ""
    for _ in account.cloud.pauses():
        reply = read_reply(told := account.cloud.redact(invoke(account, LATEST, {"delete_table": table})))
        if reply.get("deleted_table") == table:
            return
        if "problem" in reply:
            told = reply["problem"]
            break
        # An instance with the code of before may answer for a moment.
    raise NotFinished(f"the table {table} was not deleted: {told[:MAX_TEXT]}; everything else is still there")


def _replace_code(account: Account) -> None:
    about, urn = f"function {account.names.full(FUNCTION)}", account.names.urn(FUNCTION)
    detail = account.cloud.call(SERVICE, "show_function_config", about, function_urn=urn)
    body = {
        "code_type": "zip",
        "code_filename": "drop_table.zip",
        "func_code": {"file": base64.b64encode(_package()).decode("ascii")},
        "depend_version_list": detail["depend_version_list"] or [],
    }
    account.cloud.call(SERVICE, "update_function_code", about, function_urn=urn, body=body)


def _package() -> bytes:
    source = Path(drop_table.__file__).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        return write_zip({"index.py": source}, Path(folder) / "drop_table.zip").path.read_bytes()
