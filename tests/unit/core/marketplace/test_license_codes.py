"""What the codes of the licence calls mean (authorization code guide and open API guide, error codes)."""

from __future__ import annotations

import json

import pytest

from koogallery.http import HttpResponse
from koogallery.marketplace.answers import read_answer
from koogallery.marketplace.errors import (
    MarketplaceAnswerUnreadable,
    MarketplaceError,
    MarketplaceRefused,
    MarketplaceUnauthorized,
    MarketplaceUnavailable,
)

ROWS: list[tuple[int, str, type[MarketplaceError]]] = [
    (200, "92020001", MarketplaceUnavailable),
    (500, "92020001", MarketplaceUnavailable),
    (403, "92020001", MarketplaceUnauthorized),
    *(
        (http, f"920200{number}", MarketplaceRefused)
        for http in (200, 400)
        for number in ("02", "03", "05", "11", "20")
    ),
    (200, "92020004", MarketplaceRefused),
    *((http, f"9500000{number}", MarketplaceRefused) for number, http in enumerate((400, 405, 415, 400), start=1)),
    *((200, f"9138103{number}", MarketplaceRefused) for number in (3, 4, 5, 7, 8)),
    (200, "91381036", MarketplaceUnavailable),
    (200, "91380150", MarketplaceUnauthorized),
    (403, "CBC.0150", MarketplaceUnauthorized),
    (400, "CBC.0101", MarketplaceRefused),
    (500, "CBC.0999", MarketplaceUnavailable),
    (500, "92029999", MarketplaceUnavailable),
    (500, "91389999", MarketplaceUnavailable),
    (200, "92029999", MarketplaceAnswerUnreadable),
    (500, "92020000", MarketplaceAnswerUnreadable),
]


def answer(http: int, code: str) -> HttpResponse:
    return HttpResponse(http, {}, json.dumps({"error_code": code, "error_msg": "m"}).encode())


@pytest.mark.parametrize(("http", "code", "kind"), ROWS)
def test_an_answer_is_classified_by_its_code(http: int, code: str, kind: type[MarketplaceError]) -> None:
    with pytest.raises(kind) as caught:
        read_answer("licence call", answer(http, code))
    assert type(caught.value) is kind


@pytest.mark.parametrize("code", ["92020000", "CBC.0000", "MKT.0000", " 92020000 "])
def test_every_code_of_success_is_taken(code: str) -> None:
    assert read_answer("licence call", answer(200, code)).facts.http_status == 200
