"""Conditional writes under threads, on the stores whose writes are atomic (moto's are not)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from koogallery.state import Key, State

THREADS = 20
KEY = Key("race", "one")
Answer = TypeVar("Answer")


def together(work: Callable[[int], Answer]) -> list[Answer]:
    """The answers of all threads, which begin at the same moment."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> Answer:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_of_twenty_writers_of_one_key_exactly_one_wins(race_safe_state: State) -> None:
    for attempt in range(5):
        key = Key("race", str(attempt))
        won = together(lambda number, key=key: race_safe_state.put_if_absent(key, str(number)))  # type: ignore[misc]
        assert won.count(True) == 1
        item = race_safe_state.get(key)
        assert item is not None
        assert item.document == str(won.index(True))


def test_twenty_threads_that_count_to_twenty_lose_no_count(race_safe_state: State) -> None:
    race_safe_state.put_if_absent(KEY, "0")

    def count(_: int) -> None:
        done = 0
        while done < 20:
            item = race_safe_state.get(KEY)
            assert item is not None
            if race_safe_state.replace_if_version(item, str(int(item.document) + 1)):
                done += 1
            else:
                time.sleep(random.uniform(0, 0.1))

    together(count)
    item = race_safe_state.get(KEY)
    assert item is not None
    assert (item.document, item.version) == ("400", 401)


def test_removing_and_putting_again_never_lets_two_in(race_safe_state: State) -> None:
    inside: list[int] = []
    entered: list[int] = []

    def enter(number: int) -> None:
        if race_safe_state.put_if_absent(KEY, str(number)):
            inside.append(number)
            entered.append(len(inside))
            inside.remove(number)
            race_safe_state.delete(KEY)

    together(enter)
    assert entered
    assert set(entered) == {1}
