from __future__ import annotations

import pytest

from koogallery.sign_in.addresses import is_admitted, login_page, return_path, tenant_base, with_query
from koogallery.sign_in.errors import TokenHostRefused

AUTH = "auth.tenant.example"


@pytest.mark.parametrize(
    ("domain", "base"),
    [
        (f"https://{AUTH}", f"https://{AUTH}"),
        (AUTH, f"https://{AUTH}"),
        (f" https://{AUTH}/ ", f"https://{AUTH}"),
        (f"https://{AUTH.upper()}", f"https://{AUTH}"),
        (f"https://{AUTH}:443", f"https://{AUTH}"),
        (f"https://{AUTH}:8443", f"https://{AUTH}:8443"),
        ("https://xn--fiq228c.example", "https://xn--fiq228c.example"),
        ("https://1.example", "https://1.example"),
    ],
)
def test_the_domain_name_is_taken_with_and_without_its_scheme(domain: str, base: str) -> None:
    assert tenant_base(domain, loopback=False) == base


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "https://",
        f"http://{AUTH}",
        f"ftp://{AUTH}",
        f"file:///{AUTH}",
        f"https://user:pass@{AUTH}",
        f"https://{AUTH}/path",
        f"https://{AUTH}?x=1",
        f"https://{AUTH}#x",
        f"https://{AUTH}\\@evil.example",
        f"https://{AUTH} .evil.example",
        "https://auth",
        "https://-auth.example",
        "https://a_b.example",
        "https://auth..example",
        "https://auth.example.",
        "https://企业.example",
        f"https://{AUTH}:0",
        f"https://{AUTH}:99999",
        "https://93.184.216.34",
        "https://93.184.216.034",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.0.0.1",
        "https://[2606:2800:220:1::1]",
        "https://[::1",
    ],
)
@pytest.mark.parametrize("loopback", [False, True])
def test_what_is_no_full_domain_name_behind_https_is_refused(domain: str, loopback: bool) -> None:
    with pytest.raises(TokenHostRefused):
        tenant_base(domain, loopback=loopback)


@pytest.mark.parametrize("domain", ["http://127.0.0.1:8080", "https://localhost:8443", "http://[::1]:8080"])
def test_loopback_hosts_are_taken_only_where_they_are_allowed(domain: str) -> None:
    assert tenant_base(domain, loopback=True) == domain
    with pytest.raises(TokenHostRefused):
        tenant_base(domain, loopback=False)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1"],
)
def test_public_addresses_are_admitted(address: str) -> None:
    assert is_admitted(AUTH, address)
    assert not is_admitted("localhost", address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "100.64.0.1",
        "100.125.1.250",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "4000::1",
        "192.88.99.1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
        "not an address",
    ],
)
def test_addresses_that_are_not_public_are_not_admitted(address: str) -> None:
    assert not is_admitted(AUTH, address)


def test_loopback_hosts_lead_to_loopback_addresses() -> None:
    assert is_admitted("localhost", "127.0.0.1")
    assert is_admitted("::1", "::1")
    assert not is_admitted("localhost", "10.0.0.1")


@pytest.mark.parametrize("path", ["/", "/a", "/a/b?c=d&e=%2F", "/a;b,c:d@e", "/a//b"])
def test_a_path_of_the_product_is_kept(path: str) -> None:
    assert return_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "a", "//evil", "/\\evil", "\\/evil", "/a\\b", "/a\n", "\t/a", "/a b", "/é", "https://evil", "/#x", "/" * 600],
)
def test_what_may_lead_elsewhere_is_left_out(path: str) -> None:
    assert return_path(path) == ""


def test_the_app_id_goes_behind_what_the_page_has() -> None:
    assert login_page("", "a&b").endswith("#/portal-login?ind=UNOP&appId=a%26b")
    assert login_page("https://login.example/", "app") == "https://login.example/?appId=app"
    assert login_page("https://login.example/?appId=x", "app") == "https://login.example/?appId=x"


def test_a_query_goes_before_a_fragment() -> None:
    assert with_query("https://p.example/#/a?b", code="c d") == "https://p.example/?code=c+d#/a?b"
    assert with_query("https://p.example/x?y=1", code="c") == "https://p.example/x?y=1&code=c"
