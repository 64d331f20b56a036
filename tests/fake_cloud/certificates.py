"""APIG: certificates, and which domains carry them. The private key never comes back."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtensionOID, NameOID
from huaweicloudsdkapig.v2 import model

from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.function_rows import moment
from tests.fake_cloud.gateways import taken
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import offset
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Certificate, Domain, Group, Json, State, new_id

SERVICE = "apig"
NAME = re.compile(r"[^\W\d_]\w{3,49}")


def made_certificate(state: State, body: Json, own: str = "") -> Certificate:
    """A certificate of a body, put into the state; ``own``: the id of the one it replaces."""
    if not NAME.fullmatch(body["name"]):
        raise invalid("the name of a certificate is a letter, then 3 to 49 letters, digits and _")
    if any(one.name == body["name"] and one.id != own for one in state.certificates.values()):
        raise taken("the certificate", body["name"])
    _check_pair(body["cert_content"], body["private_key"])
    kind, gateway = body.get("type", "global"), body.get("instance_id", "")
    if kind not in {"global", "instance"} or (kind == "instance" and gateway not in state.gateways):
        raise invalid("a certificate is global, or of an instance that exists")
    state.tick()
    id_ = own or new_id()
    made = Certificate(id_, body["name"], body["cert_content"], body["private_key"], kind, gateway)
    state.certificates[id_] = made
    return made


def _check_pair(content: str, key: str) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(content.encode())
        private = load_pem_private_key(key.encode(), None)
    except (TypeError, ValueError) as error:
        raise invalid("the certificate or its key is not PEM") from error
    if certificate.public_key() != private.public_key():
        raise invalid("the key is not the certificate's")


@serves(SERVICE)
def create_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """A certificate without a domain."""
    return _row(site, made_certificate(state, request.body))


@serves(SERVICE)
def update_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """Another content; the domains that carry it serve it from now on."""
    own = _certificate(state, request)
    return _row(site, made_certificate(state, request.body, own.id))


@serves(SERVICE)
def list_certificates_v2(state: State, site: Site, request: Request) -> Any:
    """Those of the account and of the gateway that the query names."""
    query = request.query
    matching = [
        one
        for one in state.certificates.values()
        if query.get("name", "") in one.name and one.gateway in {"", query["instance_id"]}
    ]
    rows, pages = offset(matching, site, query)
    return {"certs": [known_members(model.CertBase, _row(site, one)) for one in rows], **pages}


@serves(SERVICE)
def show_details_of_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """What the certificate says of itself."""
    return _row(site, _certificate(state, request))


@serves(SERVICE)
def delete_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """Unless a domain carries it."""
    certificate = _certificate(state, request)
    if _carriers(state, certificate):
        raise invalid("a domain carries the certificate")
    state.tick()
    del state.certificates[certificate.id]


@serves(SERVICE)
def list_attached_domains_v2(state: State, site: Site, request: Request) -> Any:
    """The domains that carry a certificate."""
    rows = [
        {
            "url_domain": domain.name,
            "id": domain.id,
            "status": domain.cname_status,
            "min_ssl_version": domain.settings["min_ssl_version"],
            "api_group_id": group.id,
            "api_group_name": group.name,
            "instance_id": group.gateway,
        }
        for group, domain in _carriers(state, _certificate(state, request))
    ]
    page, pages = offset(rows, site, request.query)
    return {"bound_domains": page, **pages}


@serves(SERVICE)
def batch_associate_domains_v2(state: State, site: Site, request: Request) -> Any:
    """Every group's domain of that name carries the certificate."""
    certificate = _certificate(state, request)
    domains = _named(state, request)
    state.tick()
    for domain in domains:
        domain.certificates = [*(one for one in domain.certificates if one != certificate.id), certificate.id]


@serves(SERVICE)
def batch_disassociate_domains_v2(state: State, site: Site, request: Request) -> Any:
    """The domains give the certificate up."""
    certificate = _certificate(state, request)
    domains = _named(state, request)
    state.tick()
    for domain in domains:
        domain.certificates = [one for one in domain.certificates if one != certificate.id]


def _named(state: State, request: Request) -> list[Domain]:
    found = []
    for wanted in request.body["domains"]:
        named = [
            one for group in state.groups.values() for one in group.domains.values() if one.name == wanted["domain"]
        ]
        if not named:
            raise missing("the domain", wanted["domain"])
        found += named
    return found


def _carriers(state: State, certificate: Certificate) -> list[tuple[Group, Domain]]:
    return [
        (group, domain)
        for group in state.groups.values()
        for domain in group.domains.values()
        if certificate.id in domain.certificates
    ]


def _certificate(state: State, request: Request) -> Certificate:
    certificate = state.certificates.get(request.path["certificate_id"])
    if certificate is None:
        raise missing("the certificate", request.path["certificate_id"])
    return certificate


def _row(site: Site, one: Certificate) -> Json:
    parsed = x509.load_pem_x509_certificate(one.cert_content.encode())
    names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "id": one.id,
        "name": one.name,
        "type": one.type,
        "instance_id": one.gateway or "common",
        "project_id": site.project_id,
        "common_name": str(names[0].value) if names else "",
        "san": _alternative_names(parsed),
        "not_before": _time(parsed.not_valid_before_utc),
        "not_after": _time(parsed.not_valid_after_utc),
        "create_time": moment(0),
        "update_time": moment(0),
        "is_has_trusted_root_ca": False,
    }


def _alternative_names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return []
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    return extension.value.get_values_for_type(x509.DNSName)


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
