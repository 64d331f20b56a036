"""``rights.Directory`` over what the syncs brought. Several instances may bind one tenant, each with its own rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from koogallery.directory.reading import User, find_application, find_tenant, find_user
from koogallery.directory.tenant import Tenant, tenants_partition
from koogallery.encryption import Unreadable
from koogallery.errors import SettingsError
from koogallery.services import Services
from koogallery.sign_in.rights import Application, Directory, Member
from koogallery.slots import SLOTS

LOOKED_AT = 10
"""Tenants of each slot that are looked at to learn the app id when LOGIN_APP_ID is missing."""


class SyncedDirectory(Directory):
    """Reads the state at every question: a sync counts from the next request on."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def application(self, tenant_id: str, app_id: str) -> Application | None:
        """The newest one that any instance brought, at the newest domain of the tenant."""
        tenants = find_tenant(self._services.state, tenant_id)
        wanted = app_id or _only(tenants)
        present = [(one, tenant) for tenant in tenants for one in tenant.present_applications]
        holders = [(one.stamp, tenant) for one, tenant in present if one.app_id == wanted]
        if not holders:
            return None
        _, holder = max(holders, key=lambda found: found[0])
        with _readable():
            access = find_application(holder, wanted, self._services.sealer)
        if access is None:
            return None
        return Application(tenant_id, wanted, tenants[0].domain, access.client_id, access.client_secret)

    def member(self, tenant_id: str, app_id: str, user_name: str) -> Member | None:
        """The user as the newest instance that authorises him describes him."""
        state, sealer = self._services.state, self._services.sealer
        found: Member | None = None
        instance_ids: list[str] = []
        for tenant in find_tenant(state, tenant_id):
            bound = any(one.app_id == app_id for one in tenant.present_applications)
            with _readable():
                user = find_user(state, sealer, tenant, user_name, app_id) if bound else None
            if user is not None and user.may_sign_in:
                found = found or _member(user)
                instance_ids += [tenant.instance_id] if tenant.instance_id else []
        return None if found is None else replace(found, instance_ids=tuple(instance_ids))

    def only_app_id(self) -> str:
        """Learned from a few tenants of each slot; one that is still without its tenantSync tells it too."""
        pages = (self._services.state.query(tenants_partition(slot), limit=LOOKED_AT) for slot in range(SLOTS))
        return _only(Tenant.from_document(item.document) for page in pages for item in page)


@contextmanager
def _readable() -> Iterator[None]:
    """The directory is sealed: without the key nobody can sign in, and nobody is to blame but the setting."""
    try:
        yield
    except Unreadable as exc:
        raise SettingsError("STATE_ENCRYPTION_KEY", f"does not fit the state: {exc}") from exc


def _only(tenants: Iterable[Tenant]) -> str:
    """The app id of all applications when it is one and the same."""
    app_ids: set[str] = set()
    for tenant in tenants:
        app_ids |= {one.app_id for one in tenant.present_applications}
        if len(app_ids) > 1:
            return ""
    return next(iter(app_ids), "")


def _member(user: User) -> Member:
    def text(name: str) -> str:
        return str(user.facts.get(name) or "")

    return Member(
        user_name=user.user_name,
        name=text("name"),
        role=user.role,
        org_code=text("org_code"),
        email=text("email"),
        mobile=text("mobile"),
    )
