"""``python -m deployment``."""

from deployment.cli import app

app(prog_name="deploy")
