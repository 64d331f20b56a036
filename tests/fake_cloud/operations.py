"""The operations that the fake plays, read out of the SDK's clients: method, path, query, body and reply types."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from tests.fake_cloud.errors import invalid
from tests.fake_cloud.sdk_models import DoesNotFit, check, members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import State

# Prefix of a client's module, and its client class; a service can have more than one version of its API.
CLIENTS = {
    "functiongraph": (("huaweicloudsdkfunctiongraph.v2", "FunctionGraphClient"),),
    "apig": (("huaweicloudsdkapig.v2", "ApigClient"),),
    "csms": (("huaweicloudsdkcsms.v1", "CsmsClient"),),
    "lts": (("huaweicloudsdklts.v2", "LtsClient"),),
    "ces": (("huaweicloudsdkces.v2", "CesClient"), ("huaweicloudsdkces.v1", "CesClient")),
}


@dataclass
class Request:
    """One request, checked: path parameters, typed query, headers (lower-case names) and JSON body."""

    operation: Operation
    path: dict[str, str]
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any


Handler = Callable[[State, Site, Request], Any]
"""Changes or reads the state and returns the JSON of the reply; ``None`` is a reply without content."""
READS_BY_POST = {"show_res_instance_info", "invoke_function", "batch_list_metric_data"}
_handlers: dict[tuple[str, str], Handler] = {}


def serves(service: str) -> Callable[[Handler], Handler]:
    """Registers a handler; its name is that of the SDK client's method."""

    def register(handler: Handler) -> Handler:
        _handlers[service, handler.__name__] = handler
        return handler

    return register


@dataclass(frozen=True)
class Operation:
    """One method of an SDK client. ``path``: segments, ``{name}`` for parameters. Types are the SDK's."""

    service: str
    name: str
    method: str
    path: tuple[str, ...]
    query: Mapping[str, tuple[str, bool]]
    body: str | None
    reply: str
    models: ModuleType
    handler: Handler

    @property
    def reads(self) -> bool:
        """Whether it leaves the state alone."""
        return self.method == "GET" or self.name in READS_BY_POST

    def path_parameters(self, segments: list[str]) -> dict[str, str] | None:
        """The parameters of a path that is this operation's, else ``None``."""
        if len(segments) != len(self.path):
            return None
        found = {}
        for pattern, segment in zip(self.path, segments, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = unquote(segment)
            elif pattern != segment:
                return None
        return found

    def checked_query(self, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """The query by wire name, numbers and truth values converted."""
        given = dict(query)
        if unknown := given.keys() - self.query.keys():
            raise invalid(f"{self.name} has no query parameter {', '.join(sorted(unknown))}")
        if lacking := [name for name, (_, mandatory) in self.query.items() if mandatory and name not in given]:
            raise invalid(f"{self.name} lacks the query parameter {', '.join(lacking)}")
        return {name: _converted(name, text, self.query[name][0]) for name, text in given.items()}

    def checked_body(self, content: bytes) -> Any:
        """The JSON body, or ``None`` where the operation has none."""
        if self.body is None:
            if content not in {b"", b"{}", b"null"}:
                raise invalid(f"{self.name} takes no body")
            return None
        try:
            body = json.loads(content or b"{}")
        except ValueError as error:
            raise invalid("the body is not JSON") from error
        try:
            check(self.models, body, self.body, "body")
        except DoesNotFit as error:
            raise invalid(str(error)) from error
        return body

    def check_reply(self, reply: Any) -> None:
        """Raise ``DoesNotFit`` if a reply is not what the SDK's client reads; a mistake of the fake itself."""
        known = members(getattr(self.models, self.reply))
        if isinstance(reply, list):
            check(self.models, reply, known["body"].type, self.name)
        elif reply is not None:
            check(self.models, reply, self.reply, self.name)


def _converted(name: str, text: str, kind: str) -> Any:
    if kind == "int":
        if not re.fullmatch(r"-?\d+", text):
            raise invalid(f"{name} must be a number")
        return int(text)
    if kind == "bool":
        if text not in {"true", "false"}:
            raise invalid(f"{name} must be true or false")
        return text == "true"
    return text


def operations() -> list[Operation]:
    """Every operation with a handler, the ones with the most literal paths first."""
    found = [_operation(service, name, handler) for (service, name), handler in _handlers.items()]
    return sorted(found, key=lambda operation: sum(segment.startswith("{") for segment in operation.path))


def _operation(service: str, name: str, handler: Handler) -> Operation:
    for module_name, client_name in CLIENTS[service]:
        module = importlib.import_module(module_name)
        client = getattr(module, client_name)
        if not hasattr(client, name):
            continue
        request = getattr(module, "".join(word.title() for word in name.split("_")) + "Request")
        wire = getattr(client, f"_{name}_http_info")(request())
        described = members(request)
        return Operation(
            service=service,
            name=name,
            method=wire["method"],
            path=tuple(wire["resource_path"].strip("/").split("/")),
            query={key: (described[key].type, described[key].mandatory) for key, _ in wire["query_params"]},
            body=described["body"].type if "body" in described else None,
            reply=wire["response_type"],
            models=importlib.import_module(f"{module_name}.model"),
            handler=handler,
        )
    raise LookupError(f"the SDK's clients of {service} have no method {name}")
