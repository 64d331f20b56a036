"""``python -m story``."""

from __future__ import annotations

from story.command import command

if __name__ == "__main__":
    command(prog_name="scripts/demo")
