"""The code that deletes the table, put in the place of ``prepare_state`` for one call by a destroy that was told so.

No version of the bundle that serves callers can delete the table. This file is all of a package; the rest comes from
the function's dependency packages. DeleteTable is signed by hand, since the bundle's botocore knows the calls of the
bundle only.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECONDS = 20.0
DELETED, GONE = 200, "ResourceNotFoundException"


def handler(event: Any, context: object) -> dict[str, str]:
    """``{"deleted_table": name}``, or ``{"problem": text}``; the name has to be that of STATE_URL."""
    from koogallery.errors import KoogalleryError
    from koogallery.settings import Settings, from_context

    try:
        settings = Settings.load(from_context(context))
        place = urlsplit(settings.require("STATE_URL"))
        keys = settings.require("STATE_ACCESS_KEY"), settings.require("STATE_SECRET_KEY")
    except KoogalleryError as error:
        return {"problem": str(error)}
    wanted = event["delete_table"]
    if place.scheme != "dynamodb" or place.netloc != wanted:
        return {"problem": "STATE_URL names another table"}
    options = {name: values[0] for name, values in parse_qs(place.query).items()}
    return _delete(wanted, options.get("endpoint", ""), options.get("region", "cn-north-4"), keys)


def _delete(table: str, endpoint: str, region: str, keys: tuple[str, str]) -> dict[str, str]:
    import urllib3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.DeleteTable"}
    request = AWSRequest("POST", f"{endpoint.rstrip('/')}/", headers, json.dumps({"TableName": table}).encode())
    SigV4Auth(Credentials(*keys), "dynamodb", region).add_auth(request)
    try:
        reply = urllib3.request(
            "POST", str(request.url), body=request.body, headers=dict(request.headers), timeout=SECONDS, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        return {"problem": f"the table's server cannot be reached: {type(error).__name__}"}
    if reply.status == DELETED or GONE in reply.data.decode("utf-8", "replace"):
        return {"deleted_table": table}
    return {"problem": f"the table's server answers {reply.status}"}
