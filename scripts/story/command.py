"""``scripts/demo``: the whole story once; exit status 0 only when bill and usage agree."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated

import httpx
import typer

from bundle_packages import FromEnvironment, Options, PackagingError, Target, build
from bundle_template.errors import TemplateError
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.clock import SystemClock
from koogallery_simulator import SimulatorError
from local_cloud.errors import LocalCloudError
from local_cloud.local_settings import take_settings
from story.plot import tell, tell_all
from story.stage import SETTINGS_FILE, set_up
from story.verdict import Verdict
from story.voice import Voice, console

LOG_FILE = "functions.log"
LENGTH, LENGTH_OF_ALL = timedelta(hours=5), timedelta(hours=7)
"""How long ago the story begins: it needs an hour less of simulated time, so that it ends before now."""
MINUTE_OF_SALE = 2

command = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@command.command()
def demo(
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep state, archive, settings and log in this new folder.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="The long story: also SaaS 1.0, all licence guides, a joint product with sign-in.",
        ),
    ] = False,
    built: Annotated[
        bool,
        typer.Option("--built", help="Build the packages for this Python and run the functions from them, unpacked."),
    ] = False,
    packages: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Run the functions from this build; needs a Python of its version."),
    ] = None,
) -> None:
    """Sell two products on a simulated marketplace, use and bill one of them for three hours, compare the books.

    Everything runs on this machine, on loopback ports, in seconds: the functions are the real ones, the time is
    simulated. Exit status: 0 the bill agrees with the usage; 1 something differs, and what; 2 it could not run.
    """
    out = console()
    try:
        take_settings(read_template(PROJECT_TEMPLATE), os.environ, None, None, None)
        begin, story = _begin(SystemClock().now(), everything), tell_all if everything else tell
        with (
            _folder(keep) as folder,
            _packages(packages, built=built) as chosen,
            _logs(folder),
            set_up(folder, begin, everything=everything, packages=chosen) as stage,
        ):
            verdict = story(stage, Voice(out, stage.clock))
    except (OSError, TemplateError, LocalCloudError, PackagingError) as exc:
        typer.echo(f"error: {exc}", err=True)
        raise typer.Exit(2) from exc
    except (SimulatorError, httpx.HTTPError) as exc:
        verdict = Verdict([f"the story broke off: {exc}"])
    out.print()
    for difference in verdict.differences:
        out.print(f"differs: {difference}", markup=False, style="bold red")
    if keep is not None:
        out.print(f"Kept in {keep}. The ledger can be asked again:", markup=False, soft_wrap=True)
        out.print(f"  ./scripts/usage reconcile --env {keep / SETTINGS_FILE}", markup=False, soft_wrap=True)
    elif verdict.differences:
        out.print(f"To look into it: ./scripts/demo --keep DIR, then DIR/{LOG_FILE}", markup=False)
    if verdict.differences:
        raise typer.Exit(1)
    out.print("All agree.", style="bold green")


def _begin(now: datetime, everything: bool) -> datetime:
    hour = now.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)
    return hour - (LENGTH_OF_ALL if everything else LENGTH) + timedelta(minutes=MINUTE_OF_SALE)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="koogallery-demo-") as name:
            yield Path(name)
        return
    keep.mkdir(parents=True)
    yield keep


@contextlib.contextmanager
def _packages(given: Path | None, *, built: bool) -> Iterator[Path | None]:
    """The build to run: the one given, or one that is made of what is installed here, which the lock pins."""
    if given is not None or not built:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="koogallery-packages-") as name:
        options = Options(source=FromEnvironment(), say=lambda text: typer.echo(text, err=True))
        build(read_template(PROJECT_TEMPLATE), Target.here(), Path(name), options)
        yield Path(name)


@contextlib.contextmanager
def _logs(folder: Path) -> Iterator[None]:
    """What functions and gateway write to stderr goes into a file."""
    with (folder / LOG_FILE).open("w", encoding="utf-8") as file, contextlib.redirect_stderr(file):
        yield
