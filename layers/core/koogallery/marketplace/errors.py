"""What a call of a marketplace open API may end in.

MarketplaceError(KoogalleryError)
├── MarketplaceUnavailable       retryable  unreachable, interrupted, internal error, gateway fault; see fate_unknown
├── MarketplaceThrottled         retryable  too many calls: nothing was processed, pause
├── MarketplaceAnswerUnreadable  retryable  an answer came that says nothing: fate unknown
├── MarketplaceRefused           permanent  the content of this request is at fault
├── MarketplaceUnauthorized      permanent  for this run: keys, clock or rights; the content is not at fault
└── OrderLineNotFound            permanent  the order answered has no such line

Texts of the marketplace and bodies are never part of an error's text: they may name people.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from koogallery.errors import KoogalleryError, PermanentError, RetryableError


@dataclass(frozen=True)
class AnswerFacts:
    """What is known of the answer behind an error; empty and 0 where there was none."""

    marketplace_code: str = ""
    http_status: int = 0
    request_id: str = ""
    message: str = field(default="", repr=False)


class MarketplaceError(KoogalleryError):
    """Base. ``operation`` is what was called, for people: ``order query``, ``usage push`` …

    ``fate_unknown``: the marketplace may have acted on the request all the same.
    """

    code = "marketplace_error"

    def __init__(
        self, operation: str, facts: AnswerFacts | None = None, *, fate_unknown: bool = False, kind: str = ""
    ) -> None:
        self.operation = operation
        self.facts = facts or AnswerFacts()
        self.fate_unknown = fate_unknown
        self.kind = kind
        super().__init__(self._text())

    @property
    def marketplace_code(self) -> str:
        """The marketplace's code without blanks, prefixes ``MKT.`` and ``APIGW.``; empty when it gave none."""
        return self.facts.marketplace_code

    @property
    def http_status(self) -> int:
        """HTTP status of the answer; 0 when there was none."""
        return self.facts.http_status

    @property
    def request_id(self) -> str:
        """``X-Request-Id`` of the answer, for the marketplace's support; empty when there was none."""
        return self.facts.request_id

    @property
    def marketplace_message(self) -> str:
        """The marketplace's own text, at most 255 characters; not for logs."""
        return self.facts.message

    def _text(self) -> str:
        known = [self.kind, self.marketplace_code, f"HTTP {self.http_status}" if self.http_status else ""]
        known.append(f"request id {self.request_id}" if self.request_id else "")
        return f"{self.operation}: {', '.join(part for part in known if part) or self.code}"


class MarketplaceUnavailable(MarketplaceError, RetryableError):
    """Unreachable, interrupted, or failing inside. ``kind`` tells how the connection failed, if it did."""

    code = "marketplace_unavailable"


class MarketplaceThrottled(MarketplaceError, RetryableError):
    """Called too often: back off."""

    code = "marketplace_throttled"


class MarketplaceAnswerUnreadable(MarketplaceError, RetryableError):
    """The answer has no readable code, or contradicts itself."""

    code = "marketplace_answer_unreadable"


class MarketplaceRefused(MarketplaceError, PermanentError):
    """The same content will be refused again."""

    code = "marketplace_refused"


class MarketplaceUnauthorized(MarketplaceError, PermanentError):
    """Keys, clock or rights are wrong. Stop: more than five failures in a row lock the AK/SK pair for a while."""

    code = "marketplace_unauthorized"


class OrderLineNotFound(MarketplaceError, PermanentError):
    """The order has no line of the asked id, or several when none was asked for."""

    code = "order_line_not_found"
