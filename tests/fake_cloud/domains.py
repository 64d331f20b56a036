"""APIG: the domains of a group and the certificates they carry."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.certificates import made_certificate
from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.gateways import taken
from tests.fake_cloud.groups import group_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Domain, Group, Json, State, new_id

SERVICE = "apig"
DOMAIN = re.compile(r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.){1,7}[A-Za-z]{2,64}\.?")
SSL_VERSIONS = {"TLSv1.1", "TLSv1.2"}
MOST_DOMAINS = 5


@serves(SERVICE)
def associate_domain_v2(state: State, site: Site, request: Request) -> Any:
    """A domain belongs to one group of a gateway."""
    group, body = group_of(state, request), request.body
    name = body.get("url_domain", "")
    if not DOMAIN.fullmatch(name):
        raise invalid(f"{name} is not a domain")
    _check(body)
    others = (
        domain for other in state.groups.values() if other.gateway == group.gateway for domain in other.domains.values()
    )
    if any(domain.name == name for domain in others):
        raise taken("the domain", name)
    if len(group.domains) >= MOST_DOMAINS:
        raise invalid(f"a group has at most {MOST_DOMAINS} domains")
    state.tick()
    domain = Domain(
        new_id(), name, {"min_ssl_version": "TLSv1.1", "is_http_redirect_to_https": False, **_settings(body)}
    )
    group.domains[domain.id] = domain
    return _row(domain)


def _check(body: Json) -> None:
    if body.get("min_ssl_version", "TLSv1.2") not in SSL_VERSIONS:
        raise invalid(f"min_ssl_version must be one of {sorted(SSL_VERSIONS)}")


def _settings(body: Json) -> Json:
    return {name: value for name, value in body.items() if name != "url_domain"}


@serves(SERVICE)
def update_domain_v2(state: State, site: Site, request: Request) -> Any:
    """Its settings; the name stays."""
    domain = _domain(group_of(state, request), request)
    _check(request.body)
    state.tick()
    domain.settings |= _settings(request.body)
    return _row(domain)


@serves(SERVICE)
def disassociate_domain_v2(state: State, site: Site, request: Request) -> Any:
    """The group gives the domain up."""
    group = group_of(state, request)
    domain = _domain(group, request)
    state.tick()
    del group.domains[domain.id]


@serves(SERVICE)
def associate_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """A new certificate, straight onto the domain; it replaces what the domain carried."""
    group = group_of(state, request)
    domain = _domain(group, request)
    certificate = made_certificate(state, request.body)
    domain.certificates = [certificate.id]
    return {
        **_row(domain),
        "ssl_id": certificate.id,
        "ssl_name": certificate.name,
        "instance_id": group.gateway,
        "api_group_id": group.id,
        "api_group_name": group.name,
    }


@serves(SERVICE)
def disassociate_certificate_v2(state: State, site: Site, request: Request) -> Any:
    """The domain gives the certificate up."""
    domain = _domain(group_of(state, request), request)
    if request.path["certificate_id"] not in domain.certificates:
        raise missing("the certificate", request.path["certificate_id"])
    state.tick()
    domain.certificates.remove(request.path["certificate_id"])


@serves(SERVICE)
def batch_associate_certs_v2(state: State, site: Site, request: Request) -> Any:
    """The domain carries these certificates too."""
    domain = _domain(group_of(state, request), request)
    for id_ in request.body["certificate_ids"]:
        if id_ not in state.certificates:
            raise missing("the certificate", id_)
    state.tick()
    domain.certificates = list(dict.fromkeys([*domain.certificates, *request.body["certificate_ids"]]))


@serves(SERVICE)
def batch_disassociate_certs_v2(state: State, site: Site, request: Request) -> Any:
    """The domain gives these certificates up."""
    domain = _domain(group_of(state, request), request)
    state.tick()
    domain.certificates = [one for one in domain.certificates if one not in request.body["certificate_ids"]]


def _domain(group: Group, request: Request) -> Domain:
    domain = group.domains.get(request.path["domain_id"])
    if domain is None:
        raise missing("the domain", request.path["domain_id"])
    return domain


def _row(domain: Domain) -> Json:
    return {"url_domain": domain.name, "id": domain.id, "status": domain.cname_status, **domain.settings}
