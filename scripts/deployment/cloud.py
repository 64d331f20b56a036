"""Control calls through Huawei's SDK clients: tries, pages, counting, and errors that name the resource.

A call that reads is tried again after throttling, server errors and lost connections; so is one that may be repeated
without harm. A call that creates is tried once (``once=True``): whether it took effect has to be looked up first.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bundle_template.addresses import service_address
from deployment.clock import Clock
from deployment.errors import CloudError, NotFound, Rejected, Unavailable
from deployment.inputs import Credentials

CLIENTS = {
    "functiongraph": ("huaweicloudsdkfunctiongraph.v2", "FunctionGraphClient"),
    "apig": ("huaweicloudsdkapig.v2", "ApigClient"),
    "lts": ("huaweicloudsdklts.v2", "LtsClient"),
    "ces": ("huaweicloudsdkces.v2", "CesClient"),
}
TRIES = 7
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 16.0
MAX_PAGES = 500
MARKED_PAGE = 400
CONNECT_SECONDS, ANSWER_SECONDS = 10, 120
MAX_PROBLEM = 500
SHORTEST_PART = 8
"""A shorter part of a list is no key, and too common a text to be taken out of everything."""
LONG_PAUSE = 2.0
"""A wait that a person is told of, s."""
NOT_FOUND, SERVER_ERROR = 404, 500
PASSING = (408, 429)
"""Too slow, too many: the same call may succeed later."""
_ADVICE = {
    401: "; check the access key, its secret and the clock of this machine",
    403: "; the account that deploys needs the right to do this",
}
Json = Any


class Redactor:
    """Takes secrets out of texts that come back from services: whole, each key of a list, and as JSON spells them."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        parts = {part.strip() for text in secrets for part in text.split(",") if len(part.strip()) >= SHORTEST_PART}
        spellings = {spelling for text in {*secrets, *parts} if text for spelling in _spellings(text)}
        self._secrets = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text with every secret replaced."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _spellings(text: str) -> set[str]:
    """As it is, and inside JSON once and twice: user data is JSON text inside a JSON body."""
    once = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    return {text, *once, *(json.dumps(one, ensure_ascii=False)[1:-1] for one in once)}


class Cloud:
    """The account. ``observe`` hears of every call before it is sent: service and operation.

    ``report`` hears when a service keeps it waiting.
    """

    def __init__(
        self,
        clients: Mapping[str, Any],
        clock: Clock | None = None,
        redact: Redactor | None = None,
        observe: Callable[[str, str], None] | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._clients = clients
        self._report = report
        self.clock = clock or Clock()
        self.redact = redact or Redactor()
        self._observe = observe

    def call(self, service: str, operation: str, about: str = "", once: bool = False, **parameters: Any) -> Json:
        """One operation by the SDK's method name; returns the reply as plain values.

        ``about`` names the resource in errors. Raises ``NotFound``, ``Rejected``, ``Unavailable``.
        """
        client = self._clients[service]
        models = importlib.import_module(CLIENTS[service][0])
        request = getattr(models, "".join(word.title() for word in operation.split("_")) + "Request")(**parameters)
        return self._tried(
            lambda: _plain(getattr(client, operation)(request)), service, operation, about, 1 if once else TRIES
        )

    def _tried(self, send: Callable[[], Any], service: str, operation: str, about: str, tries: int) -> Any:
        from huaweicloudsdkcore.exceptions.exceptions import SdkException
        from requests.exceptions import RequestException

        for number in range(tries):
            if self._observe:
                self._observe(service, operation)
            try:
                return send()
            # The SDK lets time-outs of its transport through as they are.
            except (SdkException, RequestException) as exc:
                error = self._translated(exc, f"{about} ({service} {operation})" if about else f"{service} {operation}")
                if not error.retryable or number == tries - 1:
                    raise error from None
            pause = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
            if pause >= LONG_PAUSE:
                self._report(f"{service} {_trouble(error.status)}; trying again in {pause:.0f} s")
            self.clock.sleep(pause)
        raise AssertionError("unreachable")

    def _translated(self, exc: Any, call: str) -> CloudError:
        """The SDK's error as one of ours."""
        text = self.redact(str(getattr(exc, "error_msg", None) or exc))[:MAX_PROBLEM]
        status = getattr(exc, "status_code", None)
        if status is None:
            return Unavailable(call, 0, f"{text}; check the network and --endpoint")
        problem = f"{status} {exc.error_code}: {text}"
        if status == NOT_FOUND:
            return NotFound(call, status, problem)
        if status in PASSING or status >= SERVER_ERROR:
            return Unavailable(call, status, f"{problem}; nothing is lost, run the command again later")
        return Rejected(call, status, problem + _ADVICE.get(status, ""))

    def marked_pages(
        self, service: str, operation: str, rows: str, size_name: str = "maxitems", **parameters: Any
    ) -> list[Json]:
        """All rows of a list that goes on at ``next_marker`` (FunctionGraph)."""
        found: list[Json] = []
        marker = 0
        for _ in range(MAX_PAGES):
            sizes: dict[str, Any] = {"marker": str(marker), size_name: str(MARKED_PAGE)}
            page = self.call(service, operation, **sizes, **parameters)
            found += page[rows] or []
            following = _next_marker(page)
            if not page[rows] or following is None or following <= marker:
                return found
            # Whether ``count`` is that of the page or of all is not said: a full page is never taken for the last one.
            if len(page[rows]) < MARKED_PAGE and len(found) >= (page.get("count") or 0):
                return found
            marker = following
        raise Unavailable(operation, 0, f"more than {MAX_PAGES} pages")

    def offset_pages(
        self, service: str, operation: str, rows: str, total: str = "total", limit: int = 500, **parameters: Any
    ) -> list[Json]:
        """All rows of a list with ``offset`` and ``limit`` (APIG, CES)."""
        found: list[Json] = []
        for _ in range(MAX_PAGES):
            page = self.call(service, operation, offset=len(found), limit=limit, **parameters)
            found += page[rows] or []
            if not page[rows] or len(found) >= (page.get(total) or 0):
                return found
        raise Unavailable(operation, 0, f"more than {MAX_PAGES} pages")

    def pauses(self) -> Iterator[float]:
        """Growing pauses, slept before each is handed out; the first is none."""
        yield 0.0
        for number in range(TRIES - 1):
            pause = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
            self.clock.sleep(pause)
            yield pause


def _trouble(status: int) -> str:
    return f"answers {status}" if status else "cannot be reached"


def _next_marker(page: Json) -> int | None:
    info = page.get("page_info") or {}
    marker = page.get("next_marker", info.get("next_marker"))
    return None if marker is None else int(marker)


def _plain(value: Any) -> Json:
    """A model of the SDK as plain values. Its own ``to_dict`` would mask some members and miss nested maps."""
    if hasattr(value, "openapi_types"):
        return {name: _plain(getattr(value, name)) for name in value.openapi_types}
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def connect(credentials: Credentials, region: str, endpoints: Mapping[str, str]) -> dict[str, Any]:
    """SDK clients by service."""
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.http.http_config import HttpConfig

    keys = BasicCredentials(credentials.access_key, credentials.secret_key, credentials.project_id)
    if credentials.security_token:
        keys = keys.with_security_token(credentials.security_token)
    config = HttpConfig.get_default_config()
    config.timeout = (CONNECT_SECONDS, ANSWER_SECONDS)
    made = {}
    for service, (module, name) in CLIENTS.items():
        # The SDK tells every lost connection on stderr; here it is one error in the end.
        logging.getLogger(f"HuaweiCloud-SDK-{name}").addHandler(logging.NullHandler())
        builder = getattr(importlib.import_module(module), name).new_builder()
        endpoint = endpoints.get(service, service_address(service, region))
        made[service] = builder.with_credentials(keys).with_http_config(config).with_endpoint(endpoint).build()
    return made
