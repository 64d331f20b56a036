"""Entry point of ``scripts/test``."""

from __future__ import annotations

import sys

from checks.steps import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
