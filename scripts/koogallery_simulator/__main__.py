"""``python -m koogallery_simulator``."""

from koogallery_simulator.cli import main

if __name__ == "__main__":
    main()
