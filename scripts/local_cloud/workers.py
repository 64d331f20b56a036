"""Threads that run functions while the gateway goes on listening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from local_cloud.errors import FunctionTimedOut

THREADS = 40


class Workers:
    """A bounded pool. A call that exceeds its timeout is given up, its thread runs out by itself."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._running: set[Future[object]] = set()

    async def run(self, call: Callable[[], object], timeout: float) -> object:
        """What ``call`` returns; raises ``FunctionTimedOut`` after ``timeout`` seconds, else what it raises."""
        future = self._pool.submit(call)
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except asyncio.TimeoutError as exc:
            raise FunctionTimedOut(f"no answer within {timeout:g} s") from exc

    def close(self, patience: float) -> bool:
        """Stop taking calls; True when all running ones ended within ``patience`` seconds."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not wait(set(self._running), timeout=patience).not_done
