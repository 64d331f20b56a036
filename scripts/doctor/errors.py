"""What can go wrong while looking. A thing that is wrong with the deployment is a finding, not an error."""

from __future__ import annotations


class DoctorError(Exception):
    """Base."""


class UsageError(DoctorError):
    """An option or a file of the command cannot be used."""


class ProbeFailed(DoctorError):
    """A look at the world did not succeed; the text says why and holds no secret."""


class NotReached(ProbeFailed):
    """Nobody answered: may succeed later."""


class HostUnknown(NotReached):
    """The name cannot be resolved."""


class NoAnswer(ProbeFailed):
    """Somebody took the call and did not answer in time, or hung up."""


class CertificateRefused(ProbeFailed):
    """The other side's certificate is not one that a stranger would trust."""


class Refused(ProbeFailed):
    """The service answered no: ``status`` and ``code`` are its own."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def is_about_rights(self) -> bool:
        """The credentials are wrong or may not do this."""
        return self.status in (401, 403)
