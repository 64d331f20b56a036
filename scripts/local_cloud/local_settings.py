"""Where the settings of a local run come from: the environment, over it a file, over that the options."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from pathlib import Path

from bundle_template.bundle import Bundle
from local_cloud.settings_file import read_settings


def take_settings(
    bundle: Bundle, environ: MutableMapping[str, str], env: Path | None, state: str | None, archive: str | None
) -> dict[str, str]:
    """The settings of a run.

    They are removed from ``environ``, so that a function sees only what the template lets it read: in the
    cloud encrypted settings never reach the environment. Raises what ``read_settings`` raises.
    """
    found = read_settings(env) if env else {}
    for name in found:
        if name not in bundle.settings:
            print(f"{env}: {name} is no setting of {bundle.path.name}, nothing reads it", file=sys.stderr)
    settings = {name: value for name in bundle.settings if (value := environ.pop(name, None)) is not None}
    settings.update(found)
    settings.update({name: value for name, value in (("STATE_URL", state), ("ARCHIVE_URL", archive)) if value})
    return settings
