"""What the platform lends a function to call the cloud with: its project, and the temporary keys of its agency."""

from __future__ import annotations

import os

Keys = tuple[str, str, str]
"""Access key, secret key, security token."""


def agency_keys(context: object) -> Keys | None:
    """The temporary keys, or None without an agency. They change within the day: ask at every use."""
    getters = ("getSecurityAccessKey", "getSecuritySecretKey", "getSecurityToken")
    values = [getattr(context, name, lambda: "")() for name in getters]
    return (values[0], values[1], values[2]) if all(values) else None


def project_id(context: object) -> str:
    """The project of the function, empty when the platform does not tell it."""
    told = getattr(context, "getProjectID", None)
    return (told() if told else "") or os.environ.get("RUNTIME_PROJECT_ID", "")
