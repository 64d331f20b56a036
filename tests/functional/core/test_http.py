from __future__ import annotations

import contextlib
import datetime as dt
import errno
import ipaddress
import itertools
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from koogallery import http as core_http
from koogallery.clock import SystemClock
from koogallery.http import (
    HttpClient,
    HttpInterrupted,
    HttpLimits,
    HttpRequest,
    HttpResponseTooLarge,
    HttpUnreachable,
    InsecureAddress,
)
from koogallery.http_connection import trusting_context
from tests.functional.core.scripted_server import (
    Behaviour,
    ScriptedServer,
    answer,
    close,
    drip,
    hang,
    raw,
    reset,
    stall,
)

LIMITS = HttpLimits(connect_seconds=2.0, read_seconds=2.0, total_seconds=2.0, max_response_bytes=100)
IMPATIENT = HttpLimits(connect_seconds=2.0, read_seconds=0.1, total_seconds=2.0, max_response_bytes=100)
SHORT = HttpLimits(connect_seconds=2.0, read_seconds=2.0, total_seconds=0.15, max_response_bytes=10_000)


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient()
    yield client
    client.close()


def test_a_request_arrives_as_given_and_its_answer_comes_back(client: HttpClient) -> None:
    with ScriptedServer(answer(201, b"done", {"X-Request-Id": "r-1", "X-Two": "a", "x-two": "b"})) as server:
        response = client.send(HttpRequest("POST", f"{server.url}/a%20b?c=%2F", {"X-One": "1"}, b'{"a":1}'), LIMITS)
    (received,) = server.received
    assert (received.method, received.target, received.body) == ("POST", "/a%20b?c=%2F", b'{"a":1}')
    assert received.headers["host"] == f"127.0.0.1:{server.port}"
    assert received.headers["x-one"] == "1"
    assert (response.status, response.body) == (201, b"done")
    assert response.headers["x-request-id"] == "r-1"
    assert response.headers["x-two"] == "a, b"


def test_a_get_has_no_body_and_a_post_without_one_says_so(client: HttpClient) -> None:
    with ScriptedServer(answer(200)) as server:
        client.send(HttpRequest("GET", server.url), LIMITS)
        client.send(HttpRequest("POST", server.url), LIMITS)
    get, post = server.received
    assert "content-length" not in get.headers
    assert post.headers["content-length"] == "0"


def test_proxy_settings_and_netrc_are_ignored(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with ScriptedServer(answer(200)) as server:
        client.send(HttpRequest("GET", server.url, {"Authorization": "own"}), LIMITS)
    assert server.received[0].headers["authorization"] == "own"


def test_a_redirect_is_an_answer_and_not_followed(client: HttpClient) -> None:
    with ScriptedServer(answer(302, b"", {"Location": "/elsewhere"})) as server:
        response = client.send(HttpRequest("GET", server.url), LIMITS)
    assert response.status == 302
    assert len(server.received) == 1


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(client: HttpClient) -> None:
    with pytest.raises(InsecureAddress):
        client.send(HttpRequest("GET", "http://example.com/"), LIMITS)


def test_a_refused_connection_is_unreachable(client: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", f"http://127.0.0.1:{port}"), LIMITS)
    assert caught.value.kind == "refused"
    assert caught.value.host == f"127.0.0.1:{port}"


def test_an_unknown_name_is_unreachable(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", "https://marketplace.invalid"), LIMITS)
    assert caught.value.kind == "dns"


def test_a_name_too_long_for_the_resolver_is_unreachable(client: HttpClient) -> None:
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", f"https://{'a' * 64}.example"), LIMITS)
    assert caught.value.kind == "dns"


def test_the_next_address_of_a_host_is_tried(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        dead = unused.getsockname()[1]
    with ScriptedServer(answer(200)) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (dead, server.port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert client.send(HttpRequest("GET", server.url), LIMITS).status == 200


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes no more connections and refuses none: connecting to it waits."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_connection_that_never_comes_is_unreachable(client: HttpClient, deaf_port: int) -> None:
    limits = HttpLimits(connect_seconds=0.1, read_seconds=2.0, total_seconds=2.0)
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", f"http://127.0.0.1:{deaf_port}"), limits)
    assert caught.value.kind == "timeout"


def test_an_address_that_never_answers_leaves_time_for_the_next(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, deaf_port: int
) -> None:
    limits = HttpLimits(connect_seconds=0.2, read_seconds=2.0, total_seconds=2.0)
    with ScriptedServer(answer(200)) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (deaf_port, server.port)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert client.send(HttpRequest("GET", server.url), limits).status == 200


def test_a_network_without_a_way_there_is_unreachable(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_way(*_: object) -> None:
        raise OSError(errno.EHOSTUNREACH, "no route to host")

    monkeypatch.setattr(socket.socket, "connect", no_way)
    with pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", "http://127.0.0.1:9"), LIMITS)
    assert caught.value.kind == "network"


def test_a_host_without_addresses_is_unreachable(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(HttpUnreachable):
        client.send(HttpRequest("GET", "https://marketplace.invalid"), LIMITS)


@pytest.mark.parametrize(
    ("behaviour", "limits", "kind"),
    [
        pytest.param(reset, LIMITS, "reset", id="reset"),
        pytest.param(close, LIMITS, "reset", id="closed without an answer"),
        pytest.param(hang, IMPATIENT, "timeout", id="no answer"),
        pytest.param(stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), IMPATIENT, "timeout", id="body stalls"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), LIMITS, "reset", id="body cut"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), LIMITS, "reset", id="chunk cut"
        ),
        pytest.param(raw(b"\x00\x01 not http\r\n\r\n"), LIMITS, "malformed", id="not http"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"), LIMITS, "malformed", id="headers"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"), SHORT, "timeout", id="headers without end"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX: ", b"x"), SHORT, "timeout", id="header drips"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b"x"), SHORT, "timeout", id="body drips"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), SHORT, "timeout", id="body without length drips"),
        pytest.param(drip(b"", b"HTTP/1.1 103 Hints\r\n\r\n"), SHORT, "timeout", id="interim answers without end"),
        pytest.param(raw(b"HTTP/1.1 101 Switching\r\n\r\n\x00\x01\r\n"), LIMITS, "malformed", id="another protocol"),
    ],
)
def test_what_breaks_after_sending_leaves_the_fate_open(
    client: HttpClient, behaviour: Behaviour, limits: HttpLimits, kind: str
) -> None:
    with ScriptedServer(behaviour) as server, pytest.raises(HttpInterrupted) as caught:
        client.send(HttpRequest("POST", server.url, {}, b"x"), limits)
    assert caught.value.kind == kind
    assert len(server.received) == 1
    assert server.outlasted == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Content-Length: 101\r\n\r\n" + b"x" * 101, id="with length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n", id="chunked"),
        pytest.param(b"\r\n" + b"x" * 101, id="without length"),
    ],
)
def test_an_oversized_body_is_an_error_that_keeps_the_status(client: HttpClient, content: bytes) -> None:
    start = b"HTTP/1.1 207 OK\r\nX-Request-Id: r-1\r\n"
    with ScriptedServer(raw(start + content)) as server, pytest.raises(HttpResponseTooLarge) as caught:
        client.send(HttpRequest("GET", server.url), LIMITS)
    assert caught.value.status == 207
    assert caught.value.headers["x-request-id"] == "r-1"


def test_a_body_of_exactly_the_limit_is_read(client: HttpClient) -> None:
    with ScriptedServer(answer(200, b"x" * 100)) as server:
        assert len(client.send(HttpRequest("GET", server.url), LIMITS).body) == 100


def test_a_compressed_body_is_left_as_it_is(client: HttpClient) -> None:
    with ScriptedServer(answer(200, b"\x1f\x8b bomb", {"Content-Encoding": "gzip"})) as server:
        assert client.send(HttpRequest("GET", server.url), LIMITS).body == b"\x1f\x8b bomb"


@pytest.mark.parametrize("interim", [100, 102, 103])
def test_an_interim_answer_is_no_answer(client: HttpClient, interim: int) -> None:
    before = f"HTTP/1.1 {interim} Interim\r\nLink: </style>\r\n\r\n".encode()
    first = raw(before * 3 + b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nfirst", keep=True)
    with ScriptedServer(first, answer(200, b"second")) as server:
        answers = [client.send(HttpRequest("POST", server.url), LIMITS) for _ in range(2)]
    assert [(one.status, one.body) for one in answers] == [(201, b"first"), (200, b"second")]
    assert "link" not in answers[0].headers
    assert server.connections == 1


def test_an_idle_connection_is_used_again(client: HttpClient) -> None:
    with ScriptedServer(answer(200, b"1"), answer(204), answer(200, b"3")) as server:
        bodies = [client.send(HttpRequest("GET", server.url), LIMITS).body for _ in range(3)]
    assert bodies == [b"1", b"", b"3"]
    assert server.connections == 1


def test_a_connection_after_a_failure_is_not_used_again(client: HttpClient) -> None:
    with ScriptedServer(answer(200, b"x" * 101), answer(200)) as server:
        with pytest.raises(HttpResponseTooLarge):
            client.send(HttpRequest("GET", server.url), LIMITS)
        client.send(HttpRequest("GET", server.url), LIMITS)
    assert [received.connection for received in server.received] == [1, 2]


def test_an_idle_connection_that_the_server_closed_is_replaced(client: HttpClient) -> None:
    with ScriptedServer(answer(200, keep=False)) as server:
        for _ in range(3):
            assert client.send(HttpRequest("GET", server.url), LIMITS).status == 200
            server.wait_until_closed()


def test_an_old_idle_connection_is_replaced(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_http, "IDLE_SECONDS", -1.0)
    with ScriptedServer(answer(200)) as server:
        client.send(HttpRequest("GET", server.url), LIMITS)
        client.send(HttpRequest("GET", server.url), LIMITS)
    assert server.connections == 2


def test_idle_connections_are_bounded(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_http, "MAX_IDLE", 0)
    with ScriptedServer(answer(200)) as server:
        client.send(HttpRequest("GET", server.url), LIMITS)
        client.send(HttpRequest("GET", server.url), LIMITS)
    assert server.connections == 2


def _certificate(folder: Path, name: x509.GeneralName) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate and a server context that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def test_a_trusted_certificate_is_accepted(client: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    public, tls = _certificate(tmp_path, LOOPBACK)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with ScriptedServer(answer(200, b"1"), drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), tls=tls) as server:
        url = f"https://127.0.0.1:{server.port}"
        assert client.send(HttpRequest("GET", url), LIMITS).body == b"1"
        with pytest.raises(HttpInterrupted, match="timeout"):
            client.send(HttpRequest("GET", url), SHORT)


@pytest.mark.parametrize(
    ("name", "trusted"),
    [
        pytest.param(LOOPBACK, False, id="nobody vouches for it"),
        pytest.param(x509.DNSName("other.example"), True, id="of another host"),
    ],
)
def test_a_certificate_that_proves_nothing_ends_it_before_anything_is_sent(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: x509.GeneralName, trusted: bool
) -> None:
    public, tls = _certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with ScriptedServer(answer(200), tls=tls) as server, pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", f"https://127.0.0.1:{server.port}"), LIMITS)
    assert caught.value.kind == "tls"
    assert server.received == []


def test_certificates_are_checked_without_certifi_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "certifi", None)
    context = trusting_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_handshake_that_never_comes_is_unreachable(client: HttpClient) -> None:
    limits = HttpLimits(connect_seconds=0.1, read_seconds=2.0, total_seconds=2.0)
    with ScriptedServer(answer(200), handshake=False) as server, pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", f"https://127.0.0.1:{server.port}"), limits)
    assert caught.value.kind == "timeout"


def test_no_time_at_all_is_unreachable(client: HttpClient) -> None:
    limits = HttpLimits(connect_seconds=2.0, read_seconds=2.0, total_seconds=0.0)
    with ScriptedServer(answer(200)) as server, pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", server.url), limits)
    assert caught.value.kind == "timeout"
    assert server.connections == 0


class TickingClock(SystemClock):
    """A second passes with every look."""

    def __init__(self) -> None:
        self._seconds = itertools.count()

    def monotonic(self) -> float:
        return float(next(self._seconds))


def test_time_used_up_by_connecting_means_nothing_was_sent(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_clock", TickingClock())
    limits = HttpLimits(connect_seconds=3.0, read_seconds=2.0, total_seconds=4.0)
    with ScriptedServer(answer(200)) as server, pytest.raises(HttpUnreachable) as caught:
        client.send(HttpRequest("GET", server.url), limits)
    assert caught.value.kind == "timeout"
    assert server.received == []
