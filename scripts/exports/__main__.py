"""``python -m exports``."""

from exports.cli import app

app(prog_name="exports")
