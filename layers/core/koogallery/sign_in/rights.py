"""Who may sign in: what the syncs said last, read anew whenever it counts.

The tenant named in a callback is a claim by whoever called; it is worth something only because a verified
tenantSync and applicationSync named it, and because userinfo has to name the same tenant afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Application:
    """The application of a tenant."""

    tenant_id: str
    app_id: str
    domain_name: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Member:
    """A user who may use the application now.

    ``instance_ids``: the instances that bind the tenant and for which the user is authorised; empty for the test
    account of an app credential.
    """

    user_name: str = field(repr=False)
    name: str = field(default="", repr=False)
    role: str = ""
    org_code: str = ""
    email: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)
    instance_ids: tuple[str, ...] = ()


class Directory(Protocol):
    """What the sign-in asks. Reads only; may raise ``StateUnavailable``."""

    def application(self, tenant_id: str, app_id: str) -> Application | None:
        """The tenant's application, with its secret; without ``app_id`` the only one it has."""

    def member(self, tenant_id: str, app_id: str, user_name: str) -> Member | None:
        """The user, if neither removed nor disabled and authorised for the application of a tenant that is there."""

    def only_app_id(self) -> str:
        """The app id of all tenants' applications when it is one and the same, else empty."""
