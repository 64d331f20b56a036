from __future__ import annotations

import pytest

from koogallery.http import AddressInvalid, InsecureAddress
from koogallery.marketplace.hosts import ENDPOINTS, Site, addresses, site_of, usage_info_in_query, usage_push_aksk


@pytest.mark.parametrize(
    ("endpoint", "site"),
    [
        ("https://mkt.myhuaweicloud.com", Site.CHINA),
        ("https://mkt.myhuaweicloud.cn/", Site.CHINA),
        ("https://mkt-intl.myhuaweicloud.com", Site.INTERNATIONAL),
        ("https://mkt.myhuaweicloud.eu", Site.EUROPE),
        ("https://mkt-euro.myhuaweicloud.com", Site.EUROPE),
        ("https://proxy.example/mkt.myhuaweicloud.com", Site.CUSTOM),
        ("http://127.0.0.1:8800", Site.CUSTOM),
    ],
)
def test_the_host_name_tells_the_site(endpoint: str, site: Site) -> None:
    assert site_of(endpoint) is site


@pytest.mark.parametrize(("site", "endpoint"), ENDPOINTS.items())
def test_each_site_has_its_documented_host(site: Site, endpoint: str) -> None:
    assert site_of(endpoint) is site


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://mkt.myhuaweicloud.com/", ("https://mkt.myhuaweicloud.com", "https://mkt.myhuaweicloud.cn")),
        ("https://mkt.myhuaweicloud.cn", ("https://mkt.myhuaweicloud.cn",)),
        ("https://mkt.myhuaweicloud.com:8443", ("https://mkt.myhuaweicloud.com:8443",)),
        ("https://mkt-intl.myhuaweicloud.com", ("https://mkt-intl.myhuaweicloud.com",)),
        ("https://mkt.myhuaweicloud.eu", ("https://mkt.myhuaweicloud.eu",)),
        ("http://localhost:8800/market/", ("http://localhost:8800/market",)),
    ],
)
def test_only_the_china_site_has_a_fallback(endpoint: str, expected: tuple[str, ...]) -> None:
    assert addresses(endpoint) == expected


@pytest.mark.parametrize("endpoint", ["https://mkt.example?a=b", "https://mkt.example/#a", "mkt.example"])
def test_an_endpoint_that_cannot_be_called_is_refused(endpoint: str) -> None:
    with pytest.raises(AddressInvalid):
        addresses(endpoint)


def test_a_plain_endpoint_elsewhere_is_refused() -> None:
    with pytest.raises(InsecureAddress):
        addresses("http://mkt.myhuaweicloud.com")


def test_usage_info_is_shown_where_the_guide_asks_for_it() -> None:
    shown = {site: usage_info_in_query(endpoint) for site, endpoint in ENDPOINTS.items()}
    assert shown == {Site.CHINA: True, Site.INTERNATIONAL: False, Site.EUROPE: False}
    assert usage_info_in_query("http://127.0.0.1:8800")


def test_the_usage_push_is_signed_with_the_pair_everywhere() -> None:
    assert all(usage_push_aksk(endpoint) for endpoint in (*ENDPOINTS.values(), "http://127.0.0.1:8800"))
