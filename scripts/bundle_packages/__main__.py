"""``python -m bundle_packages``."""

from __future__ import annotations

import typer

from bundle_packages.cli import build_command

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command(name="build")(build_command)

if __name__ == "__main__":
    app(prog_name="python -m bundle_packages")
