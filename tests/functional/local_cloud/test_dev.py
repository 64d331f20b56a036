"""scripts/dev as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bundle_packages import Target, build
from bundle_template.reading import read_template
from local_cloud.dev import application, command
from local_cloud.functions import Functions
from local_cloud.workers import Workers
from tests.functional.local_cloud.sample_bundle import write_bundle


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local_cloud.dev", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stdout
    assert process.stderr
    try:
        ready = process.stdout.readline()
        assert ready.startswith("ready http://127.0.0.1:"), ready
        yield process, ready.removeprefix("ready ").strip()
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()


def test_it_serves_after_the_ready_line_until_it_is_interrupted(tmp_path: Path) -> None:
    template = write_bundle(tmp_path)
    env = tmp_path / "settings.env"
    env.write_text("HIDDEN=h-u-s-h\nSTATE_URL=of the file\n", encoding="utf-8")
    arguments = ["--env", str(env), "--state", "of the option", "--no-timers", "--template", str(template)]
    with _running(*arguments) as (process, url):
        with urllib.request.urlopen(f"{url}/shop?activity=readSettings", timeout=30) as answer:  # noqa: S310
            given = json.load(answer)["given"]
        with urllib.request.urlopen(f"{url}/shop", timeout=30) as answer:  # noqa: S310
            event = json.load(answer)["event"]
        process.send_signal(signal.SIGINT)
        rest, logs = process.communicate(timeout=30)
    assert given == {"STATE_URL": "of the option", "ARCHIVE_URL": None, "GREETING": None, "HIDDEN": "h-u-s-h"}
    assert event["requestContext"]["sourceIp"] == "127.0.0.1"
    assert (process.returncode, rest) == (0, "")
    assert "a line a function printed" in logs
    assert "h-u-s-h" not in logs


def test_a_function_that_never_returns_does_not_keep_it_alive(tmp_path: Path) -> None:
    stuck = """
        import threading

        def handler(event, context):
            print("stuck")
            threading.Event().wait()
        """
    with _running("--no-timers", "--template", str(write_bundle(tmp_path, echo=stuck))) as (process, url):
        assert process.stderr
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as caller:
            caller.sendall(b"GET /shop HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert process.stderr.readline() == "stuck\n"
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_request_half_sent_when_it_stops_is_answered_and_leaves_no_stack_trace(tmp_path: Path) -> None:
    with _running("--no-timers", "--template", str(write_bundle(tmp_path))) as (process, url):
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as caller:
            caller.sendall(
                b"POST /shop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
            )
            assert caller.recv(1000).startswith(b"HTTP/1.1 100 ")
            process.send_signal(signal.SIGTERM)
            answer = b"".join(iter(lambda: caller.recv(1000), b""))
        _, logs = process.communicate(timeout=30)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert "Traceback" not in logs
    assert "POST /shop 503" in logs


def test_a_build_is_served_and_all_its_processes_end_with_it(tmp_path: Path) -> None:
    stuck = """
        import os, threading

        def handler(event, context):
            print("stuck", os.getpid())
            threading.Event().wait()
        """
    template = write_bundle(tmp_path, slow=stuck)
    build(read_template(template), Target.here(), tmp_path / "out")
    arguments = ["--built", str(tmp_path / "out"), "--no-timers", "--template", str(template)]
    with _running(*arguments) as (process, url):
        assert process.stderr
        with urllib.request.urlopen(f"{url}/shop?activity=readSettings", timeout=30) as answer:  # noqa: S310
            assert json.load(answer)["environment"] == []
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as caller:
            body = b'{"activity": "sleep"}'
            caller.sendall(b"POST /shop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 21\r\n\r\n" + body)
            line = next(line for line in iter(process.stderr.readline, "") if "stuck " in line or "timed_out" in line)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert process.returncode == 0
    assert line.startswith("stuck ")
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.split()[1]), 0)


def test_timers_start_with_the_application_and_stop_with_it(tmp_path: Path) -> None:
    bundle = read_template(write_bundle(tmp_path))
    app = application(bundle, Functions(bundle, {}), Workers(1), timers=True)

    async def live() -> tuple[int, int]:
        async with app.lifespan_context(app):
            during = len(asyncio.all_tasks())
        return during, len(asyncio.all_tasks())

    assert asyncio.run(live()) == (1 + len(bundle.timers), 1)


def test_a_schedule_that_never_fires_ends_with_2(tmp_path: Path) -> None:
    template = write_bundle(tmp_path)
    never = template.read_text().replace(
        "scheduleType: Rate, schedule: 1m", "scheduleType: Cron, schedule: 0 0 0 30 2 *"
    )
    template.write_text(never)
    result = CliRunner().invoke(command, ["--template", str(template)])
    assert result.exit_code == 2
    assert "never fires" in result.stderr


def test_a_port_in_use_ends_with_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(command, ["--port", port, "--template", str(write_bundle(tmp_path))])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr


def test_a_broken_template_ends_with_2_and_its_line(tmp_path: Path) -> None:
    template = write_bundle(tmp_path)
    template.write_text(template.read_text().replace("function: sweep", "function: swap"))
    result = CliRunner().invoke(command, ["--port", "0", "--template", str(template)])
    assert result.exit_code == 2
    assert f"{template}:" in result.stderr
    assert "unknown function 'swap'" in result.stderr


def test_a_function_without_a_file_ends_with_2(tmp_path: Path) -> None:
    template = write_bundle(tmp_path)
    (tmp_path / "functions" / "slow" / "index.py").unlink()
    result = CliRunner().invoke(command, ["--port", "0", "--template", str(template)])
    assert result.exit_code == 2
    assert "function slow has no file" in result.stderr


def test_a_bad_line_of_the_settings_file_ends_with_2(tmp_path: Path) -> None:
    env = tmp_path / "settings.env"
    env.write_text("HIDDEN=1\nexport GREETING=h-u-s-h\n", encoding="utf-8")
    result = CliRunner().invoke(command, ["--env", str(env), "--template", str(write_bundle(tmp_path))])
    assert result.exit_code == 2
    assert f"{env}:2: " in result.stderr
    assert "h-u-s-h" not in result.stderr


@pytest.mark.parametrize("option", ["--port", "--env", "--state", "--archive", "--no-timers"])
def test_help_names_the_options_of_the_contract(option: str) -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert option in result.stdout
