"""DynamoDB's API on loopback, answering at once: every instance is there and active, nothing else is.

Writes succeed, whatever their condition. The instances stand as the bundle stores them and, for the callbacks written
with other tools, as those do.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from koogallery.encryption import Sealer
from koogallery.slots import instance_key
from measures.callbacks import settings
from measures.population import opened_instance

Attributes = dict[str, Any]

_ACCESS = {"front_end_url": "https://app.example.com", "user_name": "admin", "password": "password-of-the-product"}
_OF_RIVALS = "instance#"
_NONCE_BYTES = 12


@contextmanager
def stand_in() -> Iterator[str]:
    """Its address, for as long as it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: without this the second waits 40 ms for the reader's delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        body = json.dumps(_ANSWERS.get(operation, _done)(asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""


def _done(_: Attributes) -> Attributes:
    return {}


def _got(asked: Attributes) -> Attributes:
    item = _item(asked["Key"])
    return {"Item": item} if item else {}


def _got_many(asked: Attributes) -> Attributes:
    tables = asked["RequestItems"].items()
    found = {table: [item for key in of_table["Keys"] if (item := _item(key))] for table, of_table in tables}
    return {"Responses": found, "UnprocessedKeys": {}}


def _nothing(_: Attributes) -> Attributes:
    return {"Items": []}


_ANSWERS: dict[str, Callable[[Attributes], Attributes]] = {
    "GetItem": _got,
    "BatchGetItem": _got_many,
    "Query": _nothing,
}


def _item(key: Attributes) -> Attributes | None:
    """The item of an instance, in the form its key asks for; None for any other key."""
    if "id" in key:
        return _of_a_rival(key) if key["id"]["S"].startswith(_OF_RIVALS) else None
    instance_id = key["sk"]["S"]
    if key["pk"]["S"] != instance_key(instance_id).partition:
        return None
    sealed = Sealer(_encryption_key()).seal(json.dumps(_ACCESS), instance_id)
    instance = replace(opened_instance(instance_id, datetime.now(timezone.utc)), access=sealed)
    return {**key, "version": {"N": "1"}, "document": {"S": instance.to_document()}}


def _of_a_rival(key: Attributes) -> Attributes:
    nonce = os.urandom(_NONCE_BYTES)
    content = json.dumps({"frontEndUrl": _ACCESS["front_end_url"]}).encode()
    sealed = nonce + AESGCM(base64.b64decode(_encryption_key())).encrypt(nonce, content, key["id"]["S"].encode())
    return {**key, "status": {"S": "active"}, "access": {"B": base64.b64encode(sealed).decode()}}


def _encryption_key() -> str:
    return settings()["STATE_ENCRYPTION_KEY"]
