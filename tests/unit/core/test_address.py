from __future__ import annotations

import subprocess
import sys

import pytest

from koogallery.errors import PermanentError
from koogallery.http import AddressInvalid, InsecureAddress, parse_address


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "host_header"),
    [
        ("https://mkt.myhuaweicloud.com", "mkt.myhuaweicloud.com", 443, "/", "mkt.myhuaweicloud.com"),
        ("https://MKT.example:443/a/b?c=d", "mkt.example", 443, "/a/b?c=d", "mkt.example"),
        ("https://mkt.example:8443/a", "mkt.example", 8443, "/a", "mkt.example:8443"),
        ("http://127.0.0.1:80/", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://localhost:9000?x=", "localhost", 9000, "/?x=", "localhost:9000"),
        ("http://[::1]:9000/", "::1", 9000, "/", "[::1]:9000"),
    ],
)
def test_an_address_is_split(url: str, host: str, port: int, target: str, host_header: str) -> None:
    address = parse_address(url)
    assert (address.host, address.port, address.target, address.host_header) == (host, port, target, host_header)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "example.com",
        "",
    ],
)
def test_only_https_leaves_the_machine(url: str) -> None:
    with pytest.raises(InsecureAddress):
        parse_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "https:///path",
        "https://user@example.com/",
        "https://:secret@example.com/",
        "https://exämple.com/",
        "https://example.com/a b",
        "https://example.com/ä",
        "https://example.com:0/",
        "https://example.com:70000/",
        "https://[::1/",
        "https://exa mple.com/",
    ],
)
def test_an_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(AddressInvalid) as caught:
        parse_address(url)
    assert isinstance(caught.value, PermanentError)
    assert "secret" not in str(caught.value)


def test_a_token_in_the_path_is_not_part_of_a_repr() -> None:
    assert "token" not in repr(parse_address("https://example.com/hook?token=1"))


def test_functions_that_call_nobody_load_neither_urllib3_nor_pydantic() -> None:
    modules = ["apig", "logs", "http", "seller_webhook", "inferred", "marketplace.hosts", "marketplace.errors"]
    code = f"import sys, {', '.join(f'koogallery.{name}' for name in modules)}"
    code += "; sys.exit(any(name in sys.modules for name in ('urllib3', 'pydantic', 'boto3')))"
    assert subprocess.run([sys.executable, "-c", code], env=_path(), check=False).returncode == 0


def _path() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path)}
