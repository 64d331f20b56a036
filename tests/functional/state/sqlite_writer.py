"""A process that appends numbers to a SQLite state, and says each one only after it was written.

Arguments: STATE_URL, name of the writer, how many numbers (0: until it is killed).
"""

from __future__ import annotations

import sys
from itertools import count

from koogallery.adapters.urls import open_state
from koogallery.state import Key


def main(url: str, name: str, numbers: int) -> None:
    """Write, then say; also count all writers' numbers in one item."""
    state = open_state(url)
    total = Key("total", "all")
    state.put_if_absent(total, "0")
    for number in range(numbers) if numbers else count():
        assert state.put_if_absent(Key(name, f"{number:06}"), "{}")
        while True:
            item = state.get(total)
            assert item is not None
            if state.replace_if_version(item, str(int(item.document) + 1)):
                break
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
