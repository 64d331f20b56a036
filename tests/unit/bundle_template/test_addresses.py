"""Addresses of services are those of the region tables of Huawei's SDK."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from bundle_template.addresses import service_address

SDK_VERSIONS = {"functiongraph": "v2", "apig": "v2", "lts": "v2", "ces": "v2", "csms": "v1"}
OF_EUROPE = "eu-west-101"
"""Here the tables disagree with each other."""


def table(service: str) -> Iterator[tuple[str, str]]:
    """Region and address of every entry."""
    module = importlib.import_module(f"huaweicloudsdk{service}.{SDK_VERSIONS[service]}.region.{service}_region")
    for region in vars(next(one for name, one in vars(module).items() if name.lower() == f"{service}region")).values():
        if hasattr(region, "endpoints"):
            yield region.id, region.endpoints[0]


@pytest.mark.parametrize("service", SDK_VERSIONS)
def test_an_address_is_that_of_the_sdk(service: str) -> None:
    listed = dict(table(service))
    assert len(listed) > 10
    different = [region for region, address in listed.items() if address != service_address(service, region)]
    assert set(different) <= {OF_EUROPE}
