"""Catches what the bundle logs: the fields of each line, before they are masked and written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from koogallery.logs import LOGGER

Lines = list[dict[str, Any]]


class _Catcher(logging.Handler):
    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the fields of one line."""
        self._lines.append(dict(getattr(record, "fields", {})))


@contextmanager
def catch_lines(lines: Lines) -> Iterator[None]:
    """Lines written inside the block are added to ``lines``."""
    logger, catcher = logging.getLogger(LOGGER), _Catcher(lines)
    logger.addHandler(catcher)
    try:
        yield
    finally:
        logger.removeHandler(catcher)
