"""Options that every command has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Env = Annotated[Path | None, typer.Option("--env", help="Settings file: NAME=value lines, over the environment.")]
StateUrl = Annotated[str | None, typer.Option("--state", help="STATE_URL, such as sqlite:////absolute/path.db.")]
ArchiveUrl = Annotated[str | None, typer.Option("--archive", help="ARCHIVE_URL, such as file:///absolute/dir.")]
At = Annotated[str | None, typer.Option("--at", help="2026-11-21T10:05:00Z: as if it were that moment.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for machines.")]
InstanceId = Annotated[str, typer.Argument(metavar="INSTANCE", help="The instance id.")]
HourText = Annotated[str, typer.Argument(metavar="HOUR", help="UTC hour: 2026-11-21T10 or 2026-11-21T10:00:00Z.")]
Sn = Annotated[str | None, typer.Option("--sn", help="metering_sn, where the hour has several records that fit.")]
