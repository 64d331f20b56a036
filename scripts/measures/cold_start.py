"""Cold start: a fresh process from import to first reply, against boto3 and pydantic alone.

Both run in turn on the same machine with the same interpreter; only their ratio is quoted. The state is a stand-in
on loopback that answers at once and has every instance it is asked for, so that what is measured is the bundle's own
part.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from measures.callbacks import CALLBACKS, callback_event
from measures.figures import Figure
from measures.stand_in import stand_in

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 1.15

_FLOOR = """
import time; started = time.perf_counter()
import boto3
import pydantic
boto3.client("dynamodb", region_name="cn-north-4", endpoint_url={endpoint!r}, aws_access_key_id="a",
             aws_secret_access_key="b")
print(time.perf_counter() - started)
"""

_FUNCTION = """
import time; started = time.perf_counter()
import json, sys
sys.path[:0] = [{folder!r}]
import index
class Context:
    settings = json.loads({settings!r})
    def getUserData(self, name): return self.settings.get(name)
reply = index.handler(json.loads({event!r}), Context())
print(time.perf_counter() - started)
assert reply["statusCode"] == 200 and json.loads(reply["body"])["resultCode"] in ("000000", "000004"), reply
"""


def measure(runs: int) -> Iterator[Figure]:
    """A ratio for each callback function."""
    with stand_in() as endpoint:
        for name, activity in CALLBACKS.items():
            ratios, floors = [], []
            for number in range(runs + 1):
                floor, own = _seconds(floor_script(endpoint)), _seconds(_function_script(name, activity, endpoint))
                if number:
                    ratios.append(own / floor)
                    floors.append(floor)
            note = f"floor {statistics.median(floors) * 1000:.0f} ms"
            yield Figure(f"cold start of {name} / floor", statistics.median(ratios), LIMIT, note)


def floor_script(endpoint: str) -> str:
    """What a process does that imports boto3 and pydantic and makes a client; it prints its seconds."""
    return _FLOOR.format(endpoint=endpoint)


def _function_script(name: str, activity: str, endpoint: str) -> str:
    event, settings = callback_event(activity)
    settings["STATE_URL"] = f"dynamodb://bench?endpoint={endpoint}&region=cn-north-4"
    settings["STATE_ACCESS_KEY"], settings["STATE_SECRET_KEY"] = "access", "secret-of-the-bench"
    folder = str(ROOT / "functions" / name)
    return _FUNCTION.format(folder=folder, event=json.dumps(event), settings=json.dumps(settings))


def _seconds(script: str) -> float:
    env = {**os.environ, "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise SystemExit(f"a measured process failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[0])
