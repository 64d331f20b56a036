"""The production address looked at from outside, over HTTP: the whole bundle behind the local gateway."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from doctor import https, outside
from doctor.certificate import CertificateSeen, look_at_certificate, trusting_context
from doctor.errors import CertificateRefused, HostUnknown, NoAnswer, NotReached
from doctor.finding import Finding, Verdict
from doctor.https import Https
from koogallery.clock import SystemClock
from local_cloud.dev import application
from local_cloud.functions import Functions
from local_cloud.http_server import running
from local_cloud.workers import Workers
from tests.support.certificates import self_signed
from tests.support.deployed import CLOUD_SETTINGS, project_bundle


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bundle with the settings of a seller of everything, its state in a file."""
    state = f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db"
    bundle, workers = project_bundle(), Workers(2)
    functions = Functions(bundle, {**CLOUD_SETTINGS, "STATE_URL": state})
    with running(application(bundle, functions, workers, timers=False)) as served:
        yield served
    assert workers.close(5)


def look(address: str, settings: Mapping[str, str]) -> dict[str, Finding]:
    """Findings by check."""
    sender = Https(trusting_context())
    found = outside.check_routes_outside(project_bundle(), settings, address, sender, SystemClock().now)
    return {one.check: one for one in found}


def test_every_debugging_call_of_every_guide_is_answered_000000(address: str) -> None:
    found = look(address, CLOUD_SETTINGS)
    assert {one.verdict for one in found.values()} == {Verdict.OK}, [one for one in found.values() if one.todo]
    assert len(found) == 28
    assert found["outside.saas_post"].seen == "11 debugging calls answered 000000"


def test_a_wrong_key_is_told_from_a_wrong_answer(address: str) -> None:
    found = look(address, {"MARKETPLACE_V1_KEYS": "not-the-key-of-the-functions"})
    one = found["outside.saas_get"]
    assert one.verdict is Verdict.PROBLEM
    assert "resultCode 000001" in one.seen
    assert "Key Management" in one.todo
    assert found["outside.saas_2.0"].verdict is Verdict.NOT_CHECKED
    assert "outside.saas_post" not in found


def test_the_products_own_key_is_tried(address: str) -> None:
    assert look(address, {})["outside.seller_interface"].verdict is Verdict.NOT_CHECKED
    wrong = look(address, {"SELLER_API_KEYS": "not-the-key-of-the-product"})["outside.seller_interface"]
    assert (wrong.verdict, wrong.seen) == (Verdict.PROBLEM, "GET /seller/instances answers HTTP 401")


def test_without_a_private_key_applications_are_not_checked(address: str) -> None:
    found = look(address, {name: CLOUD_SETTINGS[name] for name in ("MARKETPLACE_KIT_KEYS",)})
    assert found["outside.kit_saas_v2_sync_users"].verdict is Verdict.OK
    assert found["outside.kit_application"].seen == "no private key (2 routes)"


# -------------------------------------------------------------------------------------------------- other far ends
class Redirecting(BaseHTTPRequestHandler):
    """Sends everybody elsewhere."""

    def do_POST(self) -> None:
        """302 to a place that must not be asked."""
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """A redirecting server on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join(5)


def test_redirects_are_not_followed(server: ThreadingHTTPServer) -> None:
    found = look(f"http://127.0.0.1:{server.server_port}", {"MARKETPLACE_NOTIFY_KEYS": "general-interface-key-0001"})
    assert found["outside.order_notify_post"].verdict is Verdict.PROBLEM
    assert "redirects (HTTP 302)" in found["outside.order_notify_post"].seen


def _hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def test_a_far_end_that_hangs_up_gave_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_hang_up, args=[listener], daemon=True)
        thread.start()
        with pytest.raises(NoAnswer):
            Https(trusting_context()).send("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"")
        thread.join(5)


def _drip(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)


def test_an_answer_that_drips_in_is_waited_for_no_longer_than_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_drip, args=[listener], daemon=True)
        thread.start()
        with pytest.raises(NoAnswer, match="no whole answer"):
            Https(trusting_context()).send("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", {}, b"")
    thread.join(10)


def test_an_address_where_nobody_answers_is_one_problem(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()
    found = look(f"http://127.0.0.1:{server.server_port}", CLOUD_SETTINGS)
    assert {name: one.verdict for name, one in found.items()} == {"outside.reachable": Verdict.PROBLEM}


def test_an_unknown_name_may_still_get_its_dns_record() -> None:
    one = outside.unreachable("https://shop.example.com", HostUnknown("no address"))
    assert (one.verdict, "CNAME" in one.todo) == (Verdict.WARNING, True)


# ---------------------------------------------------------------------------------------------------- certificates
def tls(
    server: ThreadingHTTPServer, folder: Path, *, days: int, versions: tuple[ssl.TLSVersion, ssl.TLSVersion]
) -> str:
    """Let a server speak TLS with a certificate of its own; returns the file that makes it trusted."""
    certificate, key = self_signed(folder, "localhost", datetime.now(timezone.utc) + timedelta(days=days))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version, context.maximum_version = versions
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return str(certificate)


MODERN = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


def trusting(file: str) -> ssl.SSLContext:
    """A client that knows the authority."""
    context = trusting_context()
    context.load_verify_locations(file)
    return context


def test_a_trusted_certificate_is_read(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    file = tls(server, tmp_path, days=30, versions=MODERN)
    seen = look_at_certificate("localhost", server.server_port, trusting(file))
    assert isinstance(seen, CertificateSeen)
    assert 29 <= (seen.not_after - datetime.now(timezone.utc)).days <= 30
    assert seen.protocol == "TLSv1.3"


def test_an_unknown_authority_and_another_name_are_refused(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    file = tls(server, tmp_path, days=30, versions=MODERN)
    with pytest.raises(CertificateRefused, match="not trusted"):
        look_at_certificate("localhost", server.server_port, trusting_context())
    with pytest.raises(CertificateRefused, match="not trusted"):
        look_at_certificate("127.0.0.1", server.server_port, trusting(file))
    with pytest.raises(CertificateRefused):
        Https(trusting_context()).send("POST", f"https://localhost:{server.server_port}/", {}, b"{}")


def test_without_a_common_tls_version_there_is_no_connection(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    # A server of TLS 1.1 cannot be had everywhere: one of 1.2 and a client of 1.3 stand for it.
    context = trusting(tls(server, tmp_path, days=30, versions=(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with pytest.raises(CertificateRefused, match="no TLS"):
        look_at_certificate("localhost", server.server_port, context)
    assert trusting_context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_port_without_a_listener_is_not_reached(server: ThreadingHTTPServer) -> None:
    port = server.server_port
    server.shutdown()
    server.server_close()
    with pytest.raises(NotReached):
        look_at_certificate("localhost", port, trusting_context())
