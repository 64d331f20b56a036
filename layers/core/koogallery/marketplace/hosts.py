"""The marketplace's sites, their hosts, and what differs between them.

Source: open API public parameters (hosts per site; the China site alone has a second name to fall back to).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from koogallery import inferred
from koogallery.http import AddressInvalid, parse_address

_HTTPS_PORT = 443


class Site(enum.Enum):
    """Which marketplace an endpoint belongs to."""

    CHINA = "china"
    INTERNATIONAL = "international"
    EUROPE = "europe"
    CUSTOM = "custom"
    """Any other https address, or a plain http one on a loopback host."""


ENDPOINTS: Mapping[Site, str] = {
    Site.CHINA: "https://mkt.myhuaweicloud.com",
    Site.INTERNATIONAL: "https://mkt-intl.myhuaweicloud.com",
    Site.EUROPE: "https://mkt.myhuaweicloud.eu",
}
_SITES: Mapping[str, Site] = {
    "mkt.myhuaweicloud.com": Site.CHINA,
    "mkt.myhuaweicloud.cn": Site.CHINA,
    "mkt-intl.myhuaweicloud.com": Site.INTERNATIONAL,
    "mkt.myhuaweicloud.eu": Site.EUROPE,
    "mkt-euro.myhuaweicloud.com": Site.EUROPE,
}
_FALLBACKS: Mapping[str, str] = {"mkt.myhuaweicloud.com": "https://mkt.myhuaweicloud.cn"}


def base_address(endpoint: str) -> str:
    """The endpoint without a trailing slash; raises ``AddressInvalid`` for one that cannot be called."""
    address = parse_address(endpoint)
    if "?" in address.target or "#" in endpoint:
        raise AddressInvalid("an endpoint has neither query nor fragment")
    return f"{address.scheme}://{address.host_header}{address.target.rstrip('/')}"


def site_of(endpoint: str) -> Site:
    """The site of an endpoint, by its host name."""
    return _SITES.get(parse_address(endpoint).host, Site.CUSTOM)


def addresses(endpoint: str) -> tuple[str, ...]:
    """The endpoint and, on the China site's main host, the one to turn to when that cannot be reached."""
    address = parse_address(endpoint)
    fallback = _FALLBACKS.get(address.host) if address.port == _HTTPS_PORT else None
    main = base_address(endpoint)
    return (main,) if fallback is None else (main, fallback + address.target.rstrip("/"))


def usage_info_in_query(endpoint: str) -> bool:
    """Whether queryInstance answers to this marketplace carry ``usageInfo`` (inferred per site)."""
    return inferred.USAGE_INFO_IN_QUERY[site_of(endpoint).value]


def usage_push_aksk(endpoint: str) -> bool:
    """Whether a usage push to this marketplace is signed with AK/SK too (inferred per site)."""
    return inferred.USAGE_PUSH_AKSK[site_of(endpoint).value]
