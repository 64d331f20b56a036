"""What tests put into an account beforehand, and short ways to what they look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from huaweicloudsdkcore.auth.credentials import BasicCredentials

from tests.fake_cloud.examples import self_signed
from tests.fake_cloud.operations import CLIENTS
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import (
    LATEST,
    RELEASE,
    Api,
    Certificate,
    Function,
    FunctionVersion,
    Gateway,
    Group,
    Json,
    State,
    new_id,
)


class Presets:
    """The door for tests."""

    site: Site
    state: State
    endpoint: str

    def client(self, service: str, version: int = 0) -> Any:
        """A client of the SDK with the account's key; ``version`` 1 of ``ces`` is its older API."""
        import importlib

        module, name = CLIENTS[service][version]
        credentials = BasicCredentials(self.site.access_key, self.site.secret_key, self.site.project_id)
        if self.site.security_token:
            credentials.with_security_token(self.site.security_token)
        builder = getattr(importlib.import_module(module), name).new_builder()
        return builder.with_credentials(credentials).with_endpoint(self.endpoint).build()

    def add_gateway(self, name: str = "gateway", **members: Any) -> Gateway:
        """A dedicated gateway; ``members``: those of ``Gateway``."""
        gateway = Gateway(new_id(), name, **members)
        self.state.gateways[gateway.id] = gateway
        return gateway

    def add_function(self, name: str, package: str = "default", **config: Any) -> Function:
        """A function that somebody else made."""
        settings: Json = {"runtime": "Python3.10", "timeout": 30, "handler": "index.handler", "memory_size": 128}
        settings |= {"code_type": "zip", "code_filename": "index.zip", "type": "v2", **config}
        urn = self.site.function_urn(package, name)
        latest = FunctionVersion(LATEST, settings, b"foreign", [])
        self.state.functions[urn] = Function(name, package, urn, new_id(), {LATEST: latest})
        return self.state.functions[urn]

    def add_group(self, gateway: Gateway, name: str, **members: Any) -> Group:
        """An API group that somebody else made."""
        id_ = new_id()
        self.state.groups[id_] = Group(id_, name, gateway.id, f"{id_}.apic.example.test", **members)
        return self.state.groups[id_]

    def add_api(self, name: str, group_id: str, **members: Any) -> Api:
        """An API in a group, made by somebody else; ``members`` of its body replace or add."""
        body: Json = {"name": name, "type": 1, "req_protocol": "HTTPS", "req_method": "GET", "req_uri": f"/{name}"}
        body |= {"auth_type": "NONE", "backend_type": "MOCK", "mock_info": {}, "group_id": group_id, **members}
        api = Api(new_id(), self.state.groups[group_id].gateway, body)
        self.state.apis[api.id] = api
        return api

    def add_certificate(self, domain: str, name: str = "certificate", days: int = 90) -> Certificate:
        """A certificate of the account for a domain, good for so many days from now."""
        content, key = self_signed(domain, timedelta(days=days))
        certificate = Certificate(new_id(), name, content, key, "global", "")
        self.state.certificates[certificate.id] = certificate
        return certificate

    def function(self, name: str, package: str = "default") -> Function:
        """The function of a name; ``KeyError`` when there is none."""
        return self.state.functions[self.site.function_urn(package, name)]

    def api(self, name: str) -> Api:
        """The API of a name; ``StopIteration`` when there is none."""
        return next(api for api in self.state.apis.values() if api.body["name"] == name)

    def served(self, name: str, env_id: str = RELEASE) -> Json | None:
        """The body of the API as callers meet it; ``None`` when it is not published."""
        publication = self.api(name).live.get(env_id)
        return publication.body if publication else None

    @property
    def functions(self) -> dict[str, Function]:
        """Functions of the package ``default`` by name."""
        return {one.name: one for one in self.state.functions.values() if one.package == "default"}

    @property
    def groups(self) -> dict[str, Group]:
        """API groups by name."""
        return {one.name: one for one in self.state.groups.values()}

    @property
    def apis(self) -> dict[str, Api]:
        """APIs by name."""
        return {one.body["name"]: one for one in self.state.apis.values()}
