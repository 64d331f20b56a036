"""How many control calls a plan costs while nobody touched anything, on the fake of the control planes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measures.bundle_context import ROOT
from measures.figures import Figure

LIMIT = 60
UNEXPECTED = float("inf")


def measure() -> Iterator[Figure]:
    """Deploy the project's whole template to the fake account, then plan again and count."""
    if str(ROOT) not in sys.path:
        # The fake belongs to the tests.
        sys.path.insert(0, str(ROOT))
    from tests.fake_cloud import FakeCloud
    from tests.support.deployments import Rig

    with tempfile.TemporaryDirectory() as folder, FakeCloud() as cloud:
        rig = Rig(cloud, Path(folder))
        rig.apply()
        rig.calls.clear()
        changes = rig.plan()
        value = UNEXPECTED if changes else float(len(rig.calls))
        parts = f"({len(rig.bundle.components)} functions, {len(rig.bundle.routes)} routes)"
        yield Figure("control-plane calls of an unchanged plan", value, LIMIT, parts)
