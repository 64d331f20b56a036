"""What every command needs: where the state is, a clock, and the way out when something goes wrong."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import typer

from operations.errors import OperationError, UsageError

if TYPE_CHECKING:
    from koogallery.services import Services

SECONDS = 24 * 3600.0
"""A command may take its time; its calls have limits of their own."""
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2})(?::00(?::00(?:\.0+)?)?)?(?:Z|\+00:00)?", re.ASCII | re.IGNORECASE)


def open_services(env: Path | None, state: str | None, archive: str | None, at: str | None) -> Services:
    """The services of a command: settings from the environment, over it the file, over that the options."""
    from koogallery.clock import OffsetClock, SystemClock
    from koogallery.services import Services
    from koogallery.settings import Settings

    given = _settings(env, {"STATE_URL": state, "ARCHIVE_URL": archive})
    settings = Settings.load(given.get)
    _check_file(settings.require("STATE_URL"))
    clock = OffsetClock(_moment(at)) if at else SystemClock()
    return Services(settings, clock, seconds=SECONDS)


def _settings(env: Path | None, options: Mapping[str, str | None]) -> dict[str, str]:
    from local_cloud.errors import LocalCloudError
    from local_cloud.settings_file import read_settings

    try:
        found = read_settings(env) if env else {}
    except LocalCloudError as exc:
        raise UsageError(str(exc)) from exc
    return {**os.environ, **found, **{name: value for name, value in options.items() if value}}


def _check_file(state_url: str) -> None:
    """A mistyped path would make a new, empty state, in which everything agrees."""
    parts = urlsplit(state_url)
    file = Path(unquote(parts.path)[1:])
    if parts.scheme == "sqlite" and not parts.netloc and not file.is_file():
        raise UsageError(f"there is no state at {file}; check --state, or STATE_URL in --env")


def parse_hour(text: str) -> str:
    """``2026-11-21T10``, ``2026-11-21T10:00``, ``2026-11-21T10:00:00Z`` as the ledger's name of the UTC hour."""
    from koogallery import times

    found = _HOUR.fullmatch(text.strip())
    try:
        if found:
            return times.hour_of(times.hour_start(f"{found[1]}T{found[2]}"))
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no hour; write it in UTC, for instance 2026-11-21T10 or 2026-11-21T10:00:00Z")


def _moment(text: str) -> datetime:
    from koogallery import times

    try:
        return times.parse_iso(text)
    except ValueError:
        raise UsageError("--at is no time such as 2026-11-21T10:05:00Z") from None


@contextmanager
def way_out() -> Iterator[None]:
    """Turn errors into one line on stderr: exit status 2 for a wrong call or setting, 1 for anything else."""
    from koogallery.archive import ArchiveUnavailable
    from koogallery.errors import KoogalleryError, RetryableError, SettingsError
    from koogallery.state import StateMisconfigured

    try:
        yield
    except OperationError as exc:
        _stop(str(exc), 2)
    except SettingsError as exc:
        _stop(f"setting {exc.setting} {exc.problem}; give it with --env or in the environment", 2)
    except StateMisconfigured as exc:
        _stop(str(exc), 2)
    except (RetryableError, ArchiveUnavailable) as exc:
        _stop(f"{exc} ({exc.code}); nothing was decided, try again", 1)
    except KoogalleryError as exc:
        _stop(f"{exc} ({exc.code})", 1)


def _stop(message: str, status: int) -> None:
    print(f"error: {message}", file=sys.stderr)
    raise typer.Exit(status)
