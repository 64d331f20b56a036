"""Where the cloud's services answer, by region, and the addresses that a person gives in their place."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

SERVICES = ("functiongraph", "apig", "lts", "ces", "csms", "obs")

_HOSTS = {"csms": "kms"}
"""Services whose host is called otherwise: CSMS is part of DEW, which answers at the host of KMS."""


def service_address(service: str, region: str) -> str:
    """Address of a service in a region, as the region tables of Huawei's SDK have it.

    *Inferred* for regions that the tables do not have. In eu-west-101 some hosts end in .eu: commands take another
    address with ``--endpoint``, functions with a setting.
    """
    return f"https://{_HOSTS.get(service, service)}.{region}.myhuaweicloud.com"


class AddressRefused(ValueError):
    """An address that no command calls; the text says what is needed."""


def read_endpoints(texts: Iterable[str]) -> dict[str, str]:
    """Addresses by service from ``service=URL`` texts; raises ``AddressRefused``."""
    found = {}
    for text in texts:
        service, _, url = text.partition("=")
        if service not in SERVICES:
            raise AddressRefused(f"--endpoint {service}=…: write service=URL with one of {', '.join(SERVICES)}")
        found[service] = checked_address(url, f"--endpoint {service}")
    return found


def checked_address(url: str, option: str) -> str:
    """Scheme, host and port: https, or http on a loopback address; raises ``AddressRefused``."""
    parts = _split(url)
    if parts is None or not _is_guarded(parts):
        raise AddressRefused(f"{option}: an https address is needed; http only on a loopback address")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise AddressRefused(f"{option}: only scheme, host and port")
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return None if parts.port == 0 else parts
    except ValueError:
        return None


def _is_guarded(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
