"""Addresses of the sign-in: where a browser may be sent, and which hosts may be called for tokens.

Joint-operation guide, "Web login", "OAuth 2.0 API"; the limits on hosts are our own.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from koogallery.http import LOOPBACK_HOSTS, AddressInvalid, parse_address
from koogallery.sign_in.errors import TokenHostRefused

UNIFIED_LOGIN_PAGE = "https://macroverse.huaweicloud.com/unified-login/#/portal-login?ind=UNOP"
"""The page that takes account and password and finds the tenant (joint-operation guide, "Web login")."""

MAX_RETURN_PATH = 512
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE
)
_RETURN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24")))
"""Kept for protocols (RFC 6890, RFC 7526); older Pythons take parts of them for public."""


def login_page(address: str, app_id: str) -> str:
    """Where a login begins: ``address`` (default: the unified login page) with the app id.

    The parameters of the unified page stand behind its ``#``, where the browser keeps them.
    """
    page = address or UNIFIED_LOGIN_PAGE
    if not app_id or "appId=" in page:
        return page
    return f"{page}{'&' if '?' in page else '?'}appId={quote(app_id, safe='')}"


def names_app(address: str) -> bool:
    """Whether a login address carries its app id already."""
    return "appId=" in address


def with_query(address: str, **parameters: str) -> str:
    """An address with more query parameters; what it has stays."""
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query))


def return_path(text: str) -> str:
    """A path inside the seller's product as given, or the empty text for anything a browser may read otherwise.

    Only a relative path goes through: ``//host``, ``/\\host``, other schemes, control characters and whatever has
    no place in a path could lead a browser elsewhere.
    """
    return text if len(text) <= MAX_RETURN_PATH and _RETURN_PATH.fullmatch(text) else ""


def tenant_base(domain_name: str, *, loopback: bool) -> str:
    """The base of a tenant's auth centre, ``https://host[:port]``; raises ``TokenHostRefused``.

    ``domain_name`` is that of a verified tenantSync; the guide prints it with and without ``https://``. An IP
    address is no domain name, however it is written. ``loopback``: hosts of this machine are allowed, also by http.
    """
    text = domain_name.strip().rstrip("/")
    try:
        address = parse_address(text if "://" in text else f"https://{text}")
    except AddressInvalid as exc:
        raise TokenHostRefused(f"domain name of the tenant: {exc}") from exc
    if address.target != "/" or "#" in text:
        raise TokenHostRefused("domain name of the tenant: more than a host")
    if address.host not in LOOPBACK_HOSTS:
        if _NUMBER.fullmatch(address.host.rpartition(".")[2]) or not _HOST.fullmatch(address.host):
            raise TokenHostRefused("domain name of the tenant: an IP address or no full domain name")
    elif not loopback:
        raise TokenHostRefused("domain name of the tenant: a loopback host")
    return f"{address.scheme}://{address.host_header}"


def is_admitted(host: str, address: str) -> bool:
    """Whether ``address``, which ``host`` resolved to, may be connected to.

    Loopback hosts lead to loopback addresses, all others to public ones: a name that resolves into a private
    network would make the function knock at doors only it can reach.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback if host in LOOPBACK_HOSTS else _is_public(found)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    special = address.is_multicast or address.is_reserved or any(address in network for network in _SPECIAL)
    return address.is_global and not special
