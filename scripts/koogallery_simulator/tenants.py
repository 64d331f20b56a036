"""Enterprises that use a joint product: their departments and users, and what their administrators decide."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from koogallery_simulator.errors import PermanentError


class UnknownUser(PermanentError):
    """The enterprise has no such user."""

    code = "unknown_user"


@dataclass
class Department:
    """``parent`` is the code of the department above, empty at the top."""

    code: str
    name: str
    parent: str = ""

    def document(self) -> dict[str, object]:
        """As the syncs tell it."""
        return {"orgCode": self.code, "orgName": self.name, "parentCode": self.parent}


@dataclass
class TenantUser:
    """``mobile`` and ``email`` travel only when the buyer consents; ``details``: position, employeeCode, …"""

    user_name: str
    name: str
    department: str = "00000001"
    role: str = "user"
    enabled: bool = True
    authorised: bool = False
    mobile: str | None = None
    email: str | None = None
    details: dict[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """As authSync tells it."""
        found = {
            "userName": self.user_name,
            "name": self.name,
            "orgCode": self.department,
            "role": self.role,
            "enable": "true" if self.enabled else "false",
            "mobile": self.mobile,
            "email": self.email,
            **self.details,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(repr=False)
class Tenant:
    """An enterprise. ``domain`` is its auth centre, ``https://`` included; the client id and secret are its own."""

    tenant_id: str
    code: str
    name: str
    domain: str
    app_id: str
    client_id: str
    client_secret: str
    instance_id: str = ""
    order_id: str = ""
    departments: dict[str, Department] = field(default_factory=dict)
    users: dict[str, TenantUser] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Tenant({self.tenant_id!r}, {len(self.departments)} departments, {len(self.users)} users)"

    def user(self, user_name: str) -> TenantUser:
        """By account name; UnknownUser otherwise."""
        found = self.users.get(user_name)
        if found is None:
            raise UnknownUser(f"{self.tenant_id} has no user {user_name[:64]!r}")
        return found

    def add_department(self, code: str, name: str, parent: str = "") -> Department:
        """Create or replace one."""
        self.departments[code] = Department(code, name, parent)
        return self.departments[code]

    def add_user(self, user: TenantUser) -> TenantUser:
        """Create or replace one."""
        self.users[user.user_name] = user
        return user

    def grow(self, departments: int) -> None:
        """As many departments as asked for, ten below each."""
        for number in range(len(self.departments) + 1, departments + 1):
            parent = f"{number // 10:08d}" if number >= 10 else ""
            self.add_department(f"{number:08d}", f"部门 {number}", parent)


def demo_tenant(domain: str, *, app_id: str = "app-0001", number: int = 1) -> Tenant:
    """A small enterprise: two departments, an administrator, a user, and one who has left. Its secret is made up."""
    tenant = Tenant(
        tenant_id=f"tenant-{number:04d}",
        code=f"acme{number}",
        name="示例企业",
        domain=domain,
        app_id=app_id,
        client_id=f"client-{number:04d}",
        client_secret=secrets.token_urlsafe(32),
    )
    tenant.add_department("00000001", "产品部")
    tenant.add_department("00000002", "测试部", "00000001")
    for user in _demo_users():
        tenant.add_user(user)
    return tenant


def _demo_users() -> Iterator[TenantUser]:
    yield TenantUser("admin.one", "Admin One", role="admin", email="admin.one@example.com")
    yield TenantUser("user.two", "User Two", "00000002", details={"position": "Engineer", "employeeType": 1})
    yield TenantUser("user.three", "User Three", "00000002", mobile="10000000003")
