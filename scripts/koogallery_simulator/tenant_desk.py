"""The tenants of a running simulator: one enterprise with its own auth centre, and a browser for its people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urljoin

from koogallery_simulator.auth_centre import AuthCentre
from koogallery_simulator.browser import Browser, Page
from koogallery_simulator.caller import Attempt
from koogallery_simulator.clock import Clock
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.http_messages import Reply, Request
from koogallery_simulator.joint_kit import JointKit
from koogallery_simulator.selling import NotAccepted
from koogallery_simulator.server import serving
from koogallery_simulator.tenants import Tenant, demo_tenant

APP_ID = "app-0001"
MOST_DEPARTMENTS = 20_000

# event -> what it does, for help texts
EVENTS = {
    "credential": "the app credential is made or debugged: tenantSync, applicationSync, allOrgSync without instance",
    "bind": "an instance (--instance) is bound to the enterprise: the same three syncs",
    "unbind": "tenantSync and applicationSync with flag 0",
    "authorise": "authSync with flag 1 for --user",
    "disable": "authSync with flag 2, enable false, for --user",
    "enable": "authSync with flag 2, enable true, for --user",
    "cancel": "authSync with flag 3 for --user",
    "departments": "the enterprise grows to --count departments; allOrgSync",
}


class TenantDesk:
    """Carries events of the one enterprise out. ``kit`` speaks to the bundle."""

    def __init__(self, kit: JointKit, tenant: Tenant, centre: AuthCentre) -> None:
        self.kit = kit
        self.tenant = tenant
        self.centre = centre

    def happen(self, event: str, *, instance_id: str = "", user: str = "", count: int = 0) -> list[Attempt]:
        """One of EVENTS; its attempts, the last one maybe not accepted."""
        if event not in EVENTS:
            raise BadRequest(f"no event {event[:64]!r}; there are: {', '.join(EVENTS)}")
        try:
            return self._happen(event, instance_id, user, count)
        except NotAccepted as exc:
            return [exc.attempt]

    def _happen(self, event: str, instance_id: str, user: str, count: int) -> list[Attempt]:
        kit, tenant = self.kit, self.tenant
        if event == "credential":
            return kit.create_credential(tenant)
        if event == "bind":
            return kit.bind(tenant, instance_id)
        if event == "unbind":
            return kit.unbind(tenant)
        if event == "departments":
            tenant.grow(min(count, MOST_DEPARTMENTS))
            return [kit.sync_departments(tenant)]
        many = {"authorise": kit.authorise, "cancel": kit.cancel}
        if event in many:
            return many[event](tenant, user)
        return [kit.disable(tenant, user) if event == "disable" else kit.enable(tenant, user)]

    def log_in(self, login_url: str, user: str) -> Page:
        """A fresh browser signs a user in; the last page."""
        return Browser().sign_in(login_url, self.centre, user)


@contextlib.contextmanager
def tenant_desk(kit: JointKit, clock: Clock, bundle: str, *, number: int = 1) -> Iterator[TenantDesk]:
    """The demo enterprise with its auth centre on a loopback port; ``bundle``: any address of the bundle's host."""
    handlers: list[AuthCentre] = []

    def answer(request: Request) -> Reply:
        return handlers[0].handle(request)

    with serving(answer) as domain:
        tenant = demo_tenant(domain, app_id=APP_ID, number=number)
        centre = AuthCentre(tenant, clock, urljoin(bundle, "/login/callback"), kit.caller.marketplace.violations)
        handlers.append(centre)
        yield TenantDesk(kit, tenant, centre)
