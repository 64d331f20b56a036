"""Where the cloud's services answer, by region."""

from __future__ import annotations

_HOSTS = {"csms": "kms"}
"""Services whose host is called otherwise: CSMS is part of DEW, which answers at the host of KMS."""


def service_address(service: str, region: str) -> str:
    """Address of a service in a region, as the region tables of Huawei's SDK have it.

    *Inferred* for regions that the tables do not have. In eu-west-101 some hosts end in .eu: commands take another
    address with ``--endpoint``, functions with a setting.
    """
    return f"https://{_HOSTS.get(service, service)}.{region}.myhuaweicloud.com"
