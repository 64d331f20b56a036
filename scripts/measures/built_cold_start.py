"""Cold start from the built packages: a fresh, clean process from import to first reply.

Beside it, in turn on the same machine with the same interpreter: plain boto3 with a DynamoDB client and pydantic, and
the same callback written with aws-lambda-powertools. Those run from the development environment, where they find
their own byte-code; only ratios within one run are quoted. The state is a stand-in on loopback that answers at once
and has every instance it is asked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bundle_packages import Build, FromEnvironment, Options, Target, Unpacked, build, unpack
from bundle_packages.limits import FUNCTION_BYTES, LAYERS_BYTES
from bundle_template import PROJECT_TEMPLATE, read_template
from measures.cold_start import floor_script
from measures.figures import Figure
from measures.more_callbacks import every_callback
from measures.rivals import ACCESS_KEY, REGION, SECRET_KEY, TABLE, environment, module_of
from measures.stand_in import stand_in

FLOOR_LIMIT = 0.85
RIVAL_LIMIT = 0.6
ANSWERS = ("000000", "000004")
"""Done; in process."""

_START = """
import site  # what every interpreter loads before its program, except one that has no site-packages
import time; started = time.perf_counter()
import json, sys
sys.path[:0] = {path!r}
import {module} as index
class Context:
    settings = json.loads({settings!r})
    def getUserData(self, name): return self.settings.get(name)
reply = index.handler(json.loads({event!r}), Context())
print(time.perf_counter() - started)
code = json.loads(reply["body"])["resultCode"]
assert reply["statusCode"] == 200 and code in {answers!r}, reply
"""

Event = dict[str, Any]


class Starts(NamedTuple):
    """Seconds of three starts, one right after the other, so that what else the machine does weighs on all alike."""

    floor: float
    own: float
    rival: float


def measure(runs: int) -> Iterator[Figure]:
    """Sizes, then for each callback function a ratio to the floor and one to the rival."""
    with tempfile.TemporaryDirectory(prefix="koogallery-bench-") as folder:
        options = Options(source=FromEnvironment())
        made = build(read_template(PROJECT_TEMPLATE), Target.here(), Path(folder) / "packages", options)
        yield from _sizes(made)
        unpacked = unpack(made, Path(folder) / "unpacked")
        with stand_in() as endpoint:
            rounds = [_round(unpacked, endpoint) for _ in range(2 * runs + 1)]
        yield from _ratios(rounds[1:])


def _sizes(made: Build) -> Iterator[Figure]:
    largest = max(made.functions, key=lambda name: made.functions[name].size)
    yield Figure("bytes of the largest function zip", made.functions[largest].size, FUNCTION_BYTES, largest)
    total = sum(layer.size for layer in made.layers.values())
    note = ", ".join(f"{name} {layer.size}" for name, layer in made.layers.items())
    yield Figure("bytes of all dependency packages, zipped", total, LAYERS_BYTES, note)


def _round(unpacked: Unpacked, endpoint: str) -> dict[str, Starts]:
    """Each callback function once, beside the floor and its rival."""
    return {
        name: Starts(
            _seconds([], floor_script(endpoint), unpacked.root, {}),
            _function(unpacked, name, signed(), endpoint),
            _rival(unpacked, name, signed(), endpoint),
        )
        for name, signed in every_callback().items()
    }


def _function(unpacked: Unpacked, name: str, signed: tuple[Event, dict[str, str]], endpoint: str) -> float:
    event, settings = signed
    state = f"dynamodb://{TABLE}?endpoint={endpoint}&region={REGION}"
    keys = {"STATE_URL": state, "STATE_ACCESS_KEY": ACCESS_KEY, "STATE_SECRET_KEY": SECRET_KEY}
    folders = [unpacked.code(name), *(unpacked.layer(layer) for layer in unpacked.build.layers)]
    script = _START.format(
        path=[str(folder) for folder in folders],
        module="index",
        settings=json.dumps({**settings, **keys}),
        event=json.dumps(event),
        answers=ANSWERS,
    )
    return _seconds(["-I", "-S", "-B"], script, unpacked.working_directory(name), {})


def _rival(unpacked: Unpacked, name: str, signed: tuple[Event, dict[str, str]], endpoint: str) -> float:
    event, settings = signed
    script = _START.format(path=[], module=module_of(name), settings="{}", event=json.dumps(event), answers=ANSWERS)
    return _seconds([], script, unpacked.root, environment(settings, endpoint))


def _seconds(options: list[str], script: str, folder: Path, variables: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, *options, "-c", script],
        env={"PATH": os.defpath, "AWS_EC2_METADATA_DISABLED": "true", **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"a measured process failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[0])


def _ratios(rounds: list[dict[str, Starts]]) -> Iterator[Figure]:
    """Medians of what was measured side by side."""
    for name in every_callback():
        pairs = [(one[name].own, one[name].floor) for one in rounds]
        yield _ratio(f"cold start of {name}, built / floor", pairs, FLOOR_LIMIT)
    for name in every_callback():
        pairs = [(one[name].own, one[name].rival) for one in rounds]
        yield _ratio(f"cold start of {name}, built / written with powertools", pairs, RIVAL_LIMIT)


def _ratio(name: str, pairs: list[tuple[float, float]], limit: float) -> Figure:
    own, other = (median(seconds) * 1000 for seconds in zip(*pairs, strict=True))
    return Figure(name, median(one / beside for one, beside in pairs), limit, f"{own:.0f} ms / {other:.0f} ms")
