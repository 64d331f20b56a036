"""Cold start from the built packages: a fresh, clean process from import to first reply.

Beside it, in turn on the same machine with the same interpreter: plain boto3 with a DynamoDB client and pydantic, and
newInstance and authSync written with aws-lambda-powertools. Those run from the development environment, where they
find their own byte-code; only ratios within one run are quoted. The state is a stand-in on loopback that answers at
once. The rival of newInstance stands for every callback that verifies, reads and stores as it does, the rival of
authSync for those that keep what they get encrypted.
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
from typing import Any

from bundle_packages import Build, FromEnvironment, Options, Target, Unpacked, build, unpack
from bundle_packages.limits import FUNCTION_BYTES, LAYERS_BYTES
from bundle_template import PROJECT_TEMPLATE, read_template
from measures.cold_start import floor_script, stand_in
from measures.figures import Figure
from measures.more_callbacks import every_callback

FLOOR_LIMIT = 0.85
RIVAL_LIMIT = 0.6
ANSWERS = ("000000", "000003", "000004")
"""Done; no such instance, for the table is empty; in process."""

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
_FLOOR = "floor"
_RIVALS = {
    "new_instance": "measures.rival.powertools_new_instance",
    "sync_users": "measures.rival.powertools_sync_users",
}
"""What is written with powertools, by the callback it answers."""
_ENCRYPTING = ("sync_application", "sync_users", "sync_department", "sync_departments")

Event = dict[str, Any]


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


def _round(unpacked: Unpacked, endpoint: str) -> dict[str, float]:
    """Seconds of one start of everything: the floor, the rival, each callback function."""
    seconds = {_FLOOR: _seconds([], floor_script(endpoint), unpacked.root, {})}
    seconds.update({module: _rival(callback, module, unpacked, endpoint) for callback, module in _RIVALS.items()})
    for name, signed in every_callback().items():
        seconds[name] = _function(unpacked, name, signed(), endpoint)
    return seconds


def _function(unpacked: Unpacked, name: str, signed: tuple[Event, dict[str, str]], endpoint: str) -> float:
    event, settings = signed
    state = f"dynamodb://bench?endpoint={endpoint}&region=cn-north-4"
    keys = {"STATE_URL": state, "STATE_ACCESS_KEY": "access", "STATE_SECRET_KEY": "secret-of-the-bench"}
    folders = [unpacked.code(name), *(unpacked.layer(layer) for layer in unpacked.build.layers)]
    script = _START.format(
        path=[str(folder) for folder in folders],
        module="index",
        settings=json.dumps({**settings, **keys}),
        event=json.dumps(event),
        answers=ANSWERS,
    )
    return _seconds(["-I", "-S", "-B"], script, unpacked.working_directory(name), {})


def _rival(callback: str, module: str, unpacked: Unpacked, endpoint: str) -> float:
    event, settings = every_callback()[callback]()
    script = _START.format(path=[], module=module, settings="{}", event=json.dumps(event), answers=ANSWERS)
    environment = {
        "MARKETPLACE_ACCESS_KEYS": settings["MARKETPLACE_ACCESS_KEYS"],
        "STATE_ENCRYPTION_KEY": settings["STATE_ENCRYPTION_KEY"],
        "TABLE": "bench",
        "REGION": "cn-north-4",
        "ENDPOINT": endpoint,
        "AWS_ACCESS_KEY_ID": "access",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-bench",
    }
    return _seconds([], script, unpacked.root, environment)


def _seconds(options: list[str], script: str, folder: Path, environment: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, *options, "-c", script],
        env={"PATH": os.defpath, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"a measured process failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[0])


def _ratios(rounds: list[dict[str, float]]) -> Iterator[Figure]:
    """Medians of what was measured side by side in one round."""
    for name in every_callback():
        yield _ratio(rounds, name, _FLOOR, "floor", FLOOR_LIMIT)
    for name in every_callback():
        answered = "sync_users" if name in _ENCRYPTING else "new_instance"
        yield _ratio(rounds, name, _RIVALS[answered], f"{answered} with powertools", RIVAL_LIMIT)


def _ratio(rounds: list[dict[str, float]], name: str, other: str, called: str, limit: float) -> Figure:
    value = median(one[name] / one[other] for one in rounds)
    own, others = (median(one[key] for one in rounds) * 1000 for key in (name, other))
    return Figure(f"cold start of {name}, built / {called}", value, limit, f"{own:.0f} ms, {called} {others:.0f} ms")
