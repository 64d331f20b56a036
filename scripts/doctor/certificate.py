"""The certificate of the production address, seen as a stranger sees it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone

from doctor import finding
from doctor.errors import CertificateRefused, HostUnknown, NotReached
from doctor.finding import Finding

LEAST_DAYS = 14
CONNECT_SECONDS = 10.0
HTTPS_PORT = 443


@dataclass(frozen=True)
class CertificateSeen:
    """``protocol`` such as TLSv1.3."""

    not_after: datetime
    protocol: str


def look_at_certificate(host: str, port: int, context: ssl.SSLContext) -> CertificateSeen:
    """Shake hands with TLS 1.2 or newer; raises ``HostUnknown``, ``NotReached``, ``CertificateRefused``."""
    try:
        with (
            socket.create_connection((host, port), CONNECT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            details = secure.getpeercert() or {}
            protocol = secure.version() or "unknown"
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(f"the certificate is not trusted: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise CertificateRefused(f"no TLS 1.2 connection: {error.reason or 'handshake failed'}") from error
    except socket.gaierror as error:
        raise HostUnknown(f"{host} has no address in the DNS") from error
    except OSError as error:
        raise NotReached(f"{host}:{port} cannot be reached: {type(error).__name__}") from error
    seconds = ssl.cert_time_to_seconds(str(details["notAfter"]))
    return CertificateSeen(datetime.fromtimestamp(seconds, timezone.utc), protocol)


def trusting_context() -> ssl.SSLContext:
    """What a careful client asks for: known authorities, the right name, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def check_certificate(host: str, seen: CertificateSeen, now: datetime) -> Finding:
    """Trusted, for this name, and for a while yet."""
    check = "outside.certificate"
    left = seen.not_after - now
    text = f"the certificate of {host} is trusted and valid until {seen.not_after:%Y-%m-%d} ({left.days} days)"
    if left.days < LEAST_DAYS:
        todo = "renew it now: APIG console > SSL Certificates; a failing dial test takes the product off the shelf"
        return finding.problem(check, text, todo)
    return finding.ok(check, f"{text}, {seen.protocol}")


def check_refusal(error: CertificateRefused) -> Finding:
    """What is to be done about a certificate that is not trusted."""
    todo = (
        "the marketplace wants a certificate of a known authority, for exactly this domain, with its intermediate "
        "certificates: APIG console > SSL Certificates"
    )
    return finding.problem("outside.certificate", str(error), todo)
