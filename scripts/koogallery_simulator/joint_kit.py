"""The joint kit at work: what happens to an enterprise, told to the seller by the five syncs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from koogallery_simulator.assumptions import KIT_TIME_ZONE_HOURS
from koogallery_simulator.caller import Attempt, Caller
from koogallery_simulator.client_secrets import DEFAULT_PAIR, encrypt_secret
from koogallery_simulator.dialects import kit
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.errors import SettingsProblem
from koogallery_simulator.selling import NotAccepted
from koogallery_simulator.tenants import Department, Tenant, TenantUser
from koogallery_simulator.times import kit_time


class JointKit:
    """Speaks for the enterprises; ``caller`` has a kit dialect. Each call returns its attempts or raises NotAccepted.

    ``oaep``: hashes of the clientSecret's encryption, one of ``OAEP_PAIRS``; no guide names them.
    """

    def __init__(self, caller: Caller, *, oaep: str = DEFAULT_PAIR) -> None:
        self.caller = caller
        self.oaep = oaep

    # ------------------------------------------------------------------------------------------------ the messages
    def tenant_sync(self, tenant: Tenant, flag: int = kit.ADD, *, test: bool = False) -> Callback:
        """The enterprise itself."""
        members = {
            "instanceId": tenant.instance_id,
            "orderId": tenant.order_id,
            "tenantId": tenant.tenant_id,
            "tenantCode": tenant.code,
            "name": tenant.name,
            "domainName": tenant.domain,
            "flag": flag,
        }
        return Callback(kit.TENANT_SYNC, members, test)

    def application_sync(self, tenant: Tenant, flag: int = kit.ADD, *, test: bool = False) -> Callback:
        """Its OAuth client; the secret is encrypted anew for each call."""
        public_key = self.caller.marketplace.keys.kit_public
        if not public_key:
            raise SettingsProblem("the client secret is encrypted for the seller's public key: set KIT_PRIVATE_KEY")
        members = {
            "instanceId": tenant.instance_id,
            "tenantId": tenant.tenant_id,
            "appId": tenant.app_id,
            "clientId": tenant.client_id,
            "clientSecret": encrypt_secret(public_key, tenant.client_secret, self.oaep),
            "flag": flag,
        }
        return Callback(kit.APPLICATION_SYNC, members, test)

    def auth_sync(
        self,
        tenant: Tenant,
        users: Iterable[TenantUser],
        flag: int = kit.ADD,
        *,
        at: datetime | None = None,
        test: bool = False,
    ) -> Callback:
        """Users an administrator authorised, changed or cancelled; at most 500 in a call."""
        members = {
            "instanceId": tenant.instance_id,
            "tenantId": tenant.tenant_id,
            "appId": tenant.app_id,
            "userList": [user.document() for user in users],
            "currentSyncTime": kit_time(at or self.caller.clock.now(), KIT_TIME_ZONE_HOURS),
            "flag": flag,
        }
        return Callback(kit.AUTH_SYNC, members, test)

    def single_org_sync(
        self, tenant: Tenant, department: Department, flag: int = kit.ADD, *, test: bool = False
    ) -> Callback:
        """One department."""
        about = {"instanceId": tenant.instance_id, "tenantId": tenant.tenant_id}
        return Callback(kit.SINGLE_ORG_SYNC, {**about, **department.document(), "flag": flag}, test)

    def all_org_sync(self, tenant: Tenant, *, test: bool = False) -> Callback:
        """All departments, flat."""
        departments = [department.document() for department in tenant.departments.values()]
        about = {"instanceId": tenant.instance_id, "tenantId": tenant.tenant_id}
        return Callback(kit.ALL_ORG_SYNC, {**about, "orgInfoList": departments}, test)

    # -------------------------------------------------------------------------------------------------- the events
    def create_credential(self, tenant: Tenant) -> list[Attempt]:
        """The seller made an app credential, or debugs it: the three syncs without instance and order."""
        tenant.instance_id = tenant.order_id = ""
        return self._tell(*self._all_of(tenant))

    def bind(self, tenant: Tenant, instance_id: str) -> list[Attempt]:
        """A buyer binds a bought instance to his enterprise."""
        tenant.instance_id = instance_id
        tenant.order_id = self.caller.marketplace.instance(instance_id).line.order_id
        return self._tell(*self._all_of(tenant))

    def unbind(self, tenant: Tenant) -> list[Attempt]:
        """The organisation is dissolved: enterprise and application are deleted."""
        attempts = self._tell(self.tenant_sync(tenant, kit.DELETE), self.application_sync(tenant, kit.DELETE))
        for user in tenant.users.values():
            user.authorised = False
        return attempts

    def change_tenant(self, tenant: Tenant, *, name: str | None = None, domain: str | None = None) -> Attempt:
        """Name or domain changed."""
        tenant.name, tenant.domain = name or tenant.name, domain or tenant.domain
        return self._tell(self.tenant_sync(tenant, kit.MODIFY))[0]

    def rotate_secret(self, tenant: Tenant, client_secret: str) -> Attempt:
        """The OAuth client has a new secret."""
        tenant.client_secret = client_secret
        return self._tell(self.application_sync(tenant, kit.MODIFY))[0]

    def authorise(self, tenant: Tenant, *user_names: str) -> list[Attempt]:
        """An administrator lets users in, 500 a call."""
        return self._sync_users(tenant, user_names, kit.ADD)

    def change_users(self, tenant: Tenant, *user_names: str) -> list[Attempt]:
        """What is known of users changed."""
        return self._sync_users(tenant, user_names, kit.MODIFY)

    def disable(self, tenant: Tenant, user_name: str) -> Attempt:
        """The account is disabled and stays authorised."""
        tenant.user(user_name).enabled = False
        return self.change_users(tenant, user_name)[0]

    def enable(self, tenant: Tenant, user_name: str) -> Attempt:
        """The account is enabled again."""
        tenant.user(user_name).enabled = True
        return self.change_users(tenant, user_name)[0]

    def cancel(self, tenant: Tenant, *user_names: str) -> list[Attempt]:
        """Users lose the application and keep their accounts."""
        return self._sync_users(tenant, user_names, kit.CANCEL)

    def remove_users(self, tenant: Tenant, *user_names: str) -> list[Attempt]:
        """The accounts are gone."""
        attempts = self._sync_users(tenant, user_names, kit.DELETE)
        for name in user_names:
            del tenant.users[name]
        return attempts

    def add_department(self, tenant: Tenant, code: str, name: str, parent: str = "") -> Attempt:
        """A new department."""
        return self._tell(self.single_org_sync(tenant, tenant.add_department(code, name, parent)))[0]

    def change_department(self, tenant: Tenant, code: str, name: str, parent: str = "") -> Attempt:
        """Renamed or moved."""
        return self._tell(self.single_org_sync(tenant, tenant.add_department(code, name, parent), kit.MODIFY))[0]

    def remove_department(self, tenant: Tenant, code: str) -> Attempt:
        """A department is dissolved."""
        return self._tell(self.single_org_sync(tenant, tenant.departments.pop(code), kit.DELETE))[0]

    def sync_departments(self, tenant: Tenant) -> Attempt:
        """The whole set once more."""
        return self._tell(self.all_org_sync(tenant))[0]

    # ------------------------------------------------------------------------------------------------------ sending
    def _all_of(self, tenant: Tenant) -> Sequence[Callback]:
        return (self.tenant_sync(tenant), self.application_sync(tenant), self.all_org_sync(tenant))

    def _sync_users(self, tenant: Tenant, user_names: Sequence[str], flag: int) -> list[Attempt]:
        users = [tenant.user(name) for name in user_names]
        slices = [users[start : start + kit.MOST_USERS] for start in range(0, len(users), kit.MOST_USERS)]
        attempts = self._tell(*(self.auth_sync(tenant, part, flag) for part in slices))
        for user in users:
            user.authorised = flag in (kit.ADD, kit.MODIFY)
        return attempts

    def _tell(self, *callbacks: Callback) -> list[Attempt]:
        attempts = []
        for callback in callbacks:
            attempts.append(self.caller.send(callback))
            if not attempts[-1].accepted:
                raise NotAccepted(attempts[-1])
        return attempts
