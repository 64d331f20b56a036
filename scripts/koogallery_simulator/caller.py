"""The marketplace as a caller: signs, sends, repeats, re-sends, reorders, polls."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urljoin

from koogallery_simulator import effects
from koogallery_simulator.assumptions import POLL_EVERY, POLL_LIMIT
from koogallery_simulator.clock import Clock
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Addresses, Callback, Dialect, OutgoingRequest
from koogallery_simulator.judge import Document, Judge
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.retry import Policies, RetryPolicy, policy_for
from koogallery_simulator.transport import Answer, NoAnswer, Transport, check_address, send_over_http
from koogallery_simulator.violations import Violation

ATTEMPTS_KEPT = 10_000
_T = TypeVar("_T")


@dataclass(frozen=True)
class Attempt:
    """One try of one callback. ``code`` is None when no readable answer came; a lost answer counts as none."""

    callback: Callback
    request: OutgoingRequest
    at: datetime
    answer: Answer | None
    document: Document | None
    accepted: bool
    violations: tuple[Violation, ...]
    failure: str = ""

    @property
    def code(self) -> str | None:
        """resultCode of a readable answer."""
        code = self.document.get("resultCode") if self.document is not None else None
        return code if isinstance(code, str) else None

    @property
    def instance_id(self) -> str | None:
        """instanceId of a readable answer."""
        found = self.document.get("instanceId") if self.document is not None else None
        return found if isinstance(found, str) else None


class Caller:
    """Sends callbacks of one dialect (SaaS 2.0 by default) to ``production_address``, and has each answer judged.
    Thread-safe.

    ``clock`` (the marketplace's by default) gives the signed timestamps and waits between tries.
    ``notify_address``: where orderNotify goes; ``/order-notify`` beside the production address by default.
    """

    def __init__(  # noqa: PLR0913  one argument for each thing that may be replaced
        self,
        marketplace: Marketplace,
        production_address: str,
        *,
        notify_address: str | None = None,
        clock: Clock | None = None,
        transport: Transport = send_over_http,
        judge: Judge | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        check_address(production_address)
        notify = notify_address or urljoin(production_address, "/order-notify")
        check_address(notify)
        self.marketplace = marketplace
        self.addresses = Addresses(production_address, notify)
        self.clock = clock or marketplace.clock
        self.judge = judge or Judge(marketplace.violations, marketplace)
        self.dialect: Dialect = dialect or saas_v2.SaasV2()
        self.policies: Policies = self.dialect.policies
        self.attempts: deque[Attempt] = deque(maxlen=ATTEMPTS_KEPT)
        self._transport = transport
        self._lock = threading.Lock()
        self._to_lose = 0

    # ------------------------------------------------------------------------------------------------ any callback
    def send(self, callback: Callback) -> Attempt:
        """One try: fresh businessId, timestamp and nonce."""
        now = self.clock.now()
        request = self.dialect.request(callback, self.marketplace.keys, self.addresses, now)
        return self._attempt(callback, request, now)

    def resend(self, attempt: Attempt) -> Attempt:
        """The identical request again, as after an answer that got lost on the way."""
        again = self._attempt(attempt.callback, attempt.request, self.clock.now())
        if attempt.callback.activity not in self.dialect.read_only:
            self.judge.judge_replay(self.dialect, attempt.callback, attempt.document, again.document)
        return again

    def deliver(self, callback: Callback, policy: RetryPolicy | None = None) -> list[Attempt]:
        """Tries until one is accepted or the policy ends; an order line is failed when its guide says so."""
        policy = policy or policy_for(self.policies, callback.activity)
        attempts = [self.send(callback)]
        while not attempts[-1].accepted and len(attempts) < policy.tries:
            self.clock.sleep(policy.every.total_seconds())
            attempts.append(self.send(callback))
        refunded = callback.activity in self.dialect.refunded and not callback.test
        if refunded and callback.line is not None and not attempts[-1].accepted:
            self.marketplace.fail_line(callback.line)
        return attempts

    def deliver_all(self, callbacks: Iterable[Callback], *, seed: int, copies: int = 1) -> list[Attempt]:
        """Every callback ``copies`` times, once each try, in a random order that the seed decides."""
        return [self.send(callback) for callback in reordered([*callbacks] * copies, seed)]

    def lose_answers(self, count: int) -> None:
        """The next ``count`` answers arrive nowhere: the bundle has acted, the marketplace does not know."""
        with self._lock:
            self._to_lose += count

    def _attempt(self, callback: Callback, request: OutgoingRequest, now: datetime) -> Attempt:
        try:
            answer = self._transport(request)
        except NoAnswer as exc:
            violations = tuple(self.judge.no_answer(callback, str(exc)))
            return self._keep(Attempt(callback, request, now, None, None, False, violations, str(exc)))
        document, noted = self.judge.judge(self.dialect, callback, answer)
        if self._loses():
            return self._keep(Attempt(callback, request, now, None, None, False, tuple(noted), "answer lost"))
        code = document.get("resultCode") if document is not None else None
        accepted = isinstance(code, str) and self.dialect.accepted(callback, code)
        if accepted and document is not None:
            effects.apply(self.marketplace, callback, document)
        return self._keep(Attempt(callback, request, now, answer, document, accepted, tuple(noted)))

    def _keep(self, attempt: Attempt) -> Attempt:
        self.attempts.append(attempt)
        return attempt

    def _loses(self) -> bool:
        with self._lock:
            loses = self._to_lose > 0
            self._to_lose -= loses
            return loses

    # --------------------------------------------------------------------------------------------------- polling
    def poll(self, instance_id: str, *, every: timedelta = POLL_EVERY, limit: int = POLL_LIMIT) -> Attempt:
        """queryInstance until it returns the instance, at most ``limit`` times; the last try."""
        attempt = self.send(saas_v2.query_instance(instance_id))
        for _ in range(limit - 1):
            if attempt.accepted:
                break
            self.clock.sleep(every.total_seconds())
            attempt = self.send(saas_v2.query_instance(instance_id))
        return attempt

    def poll_pending(self) -> list[Attempt]:
        """One round: queryInstance for every open instance that has not been returned yet."""
        pending = [one for one in self.marketplace.instances() if not one.ready and one.closed_at is None]
        return [self.send(saas_v2.query_instance(instance.instance_id)) for instance in pending]


def reordered(things: Sequence[_T], seed: int) -> list[_T]:
    """The same things in an order that only the seed decides."""
    shuffled = list(things)
    random.Random(seed).shuffle(shuffled)  # noqa: S311  an order to test with, no secret
    return shuffled
