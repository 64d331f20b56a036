"""Bodies as a deployment sends them, for the tests of the fake itself."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import datetime, timedelta, timezone
from typing import Any

import huaweicloudsdkapig.v2 as apig
import huaweicloudsdkfunctiongraph.v2 as functiongraph
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def zip_of(text: str = "def handler(event, context): ...") -> bytes:
    """A zip with one file, the same for the same text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), text)
    return content.getvalue()


def encoded(content: bytes) -> str:
    """Base64, as bodies carry files."""
    return base64.b64encode(content).decode()


def create_function(name: str = "new_instance", **members: Any) -> Any:
    """CreateFunctionRequest of a function with code; ``members`` replace or add."""
    settings: dict[str, Any] = {
        "func_name": name,
        "package": "default",
        "runtime": "Python3.10",
        "timeout": 10,
        "handler": "index.handler",
        "memory_size": 512,
        "code_type": "zip",
        "code_filename": "index.zip",
        "func_code": functiongraph.FuncCode(file=encoded(zip_of())),
        "type": "v2",
    }
    body = functiongraph.CreateFunctionRequestBody(**{**settings, **members})
    return functiongraph.CreateFunctionRequest(body)


def update_config(urn: str, name: str = "new_instance", **members: Any) -> Any:
    """UpdateFunctionConfigRequest with the mandatory members of ``create_function``."""
    settings: dict[str, Any] = {"func_name": name, "runtime": "Python3.10", "timeout": 10, "memory_size": 512}
    body = functiongraph.UpdateFunctionConfigRequestBody(**{**settings, "handler": "index.handler", **members})
    return functiongraph.UpdateFunctionConfigRequest(urn, body)


def update_code(urn: str, text: str, **members: Any) -> Any:
    """UpdateFunctionCodeRequest with a zip of this text."""
    code = functiongraph.FuncCode(file=encoded(zip_of(text)))
    body = functiongraph.UpdateFunctionCodeRequestBody("zip", code_filename="index.zip", func_code=code, **members)
    return functiongraph.UpdateFunctionCodeRequest(urn, body)


def create_dependency(name: str = "core", text: str = "core") -> Any:
    """CreateDependencyVersionRequest with a zip of this text."""
    body = functiongraph.CreateDependencyRequestBody(
        depend_file=encoded(zip_of(text)), depend_type="zip", runtime="Python3.10", name=name
    )
    return functiongraph.CreateDependencyVersionRequest(body)


def publish_version(urn: str, name: str | None = None) -> Any:
    """CreateFunctionVersionRequest."""
    return functiongraph.CreateFunctionVersionRequest(urn, functiongraph.CreateFunctionVersionRequestBody(version=name))


def create_alias(urn: str, version: str, name: str = "live", **members: Any) -> Any:
    """CreateVersionAliasRequest."""
    body = functiongraph.CreateVersionAliasRequestBody(name=name, version=version, **members)
    return functiongraph.CreateVersionAliasRequest(urn, body)


def create_timer(urn: str, name: str = "every_minute", schedule: str = "1m", kind: str = "Rate") -> Any:
    """CreateFunctionTriggerRequest of a timer."""
    data = functiongraph.TriggerEventDataRequestBody(name=name, schedule_type=kind, schedule=schedule, user_event="{}")
    body = functiongraph.CreateFunctionTriggerRequestBody(trigger_type_code="TIMER", event_data=data)
    return functiongraph.CreateFunctionTriggerRequest(urn, body)


def authorizer(function_urn: str, name: str = "route_activity", **members: Any) -> Any:
    """AuthorizerCreate."""
    settings: dict[str, Any] = {"type": "FRONTEND", "authorizer_type": "FUNC", "authorizer_uri": function_urn}
    settings |= {"network_type": "V2", "authorizer_version": "latest", "ttl": 0, "need_body": True}
    return apig.AuthorizerCreate(name=name, **{**settings, **members})


def condition(value: str) -> Any:
    """A condition on what the authorizer found."""
    return apig.ApiConditionBase(
        condition_origin="frontend_authorizer",
        frontend_authorizer_param_name="$context.authorizer.frontend.activity",
        condition_type="exact",
        condition_value=value,
    )


def policy(function_urn: str, name: str = "refresh_instance") -> Any:
    """A policy backend."""
    return apig.ApiPolicyFunctionCreate(
        name=name,
        function_urn=function_urn,
        invocation_type="sync",
        network_type="V2",
        version="latest",
        timeout=5000,
        effect_mode="ANY",
        conditions=[condition("refreshInstance")],
    )


def api(group_id: str, function_urn: str, name: str = "saas_post", **members: Any) -> Any:
    """ApiCreate of a public API with a function behind it."""
    backend = apig.ApiFuncCreate(function_urn, None, "sync", "V2", "latest", timeout=5000)
    settings: dict[str, Any] = {"type": 1, "req_protocol": "HTTPS", "req_method": "POST", "req_uri": f"/{name}"}
    settings |= {"auth_type": "NONE", "backend_type": "FUNCTION", "group_id": group_id, "func_info": backend}
    return apig.ApiCreate(name=name, **{**settings, **members})


def self_signed(domain: str, life: timedelta = timedelta(days=90)) -> tuple[str, str]:
    """A certificate for a domain from yesterday on, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + life)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM).decode(), pem.decode()
