"""A small bundle of its own, so that the local cloud is tested without the project's functions."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

TEMPLATE = """\
metadata: {description: sample, version: 1.0.0}
settings:
  STATE_URL: {description: state}
  ARCHIVE_URL: {description: archive}
  GREETING: {description: a plain one}
  HIDDEN: {description: a hidden one, encrypted: true}
components:
%COMPONENTS%
authorizers:
  - {name: activity_of_body, function: authorize, needBody: true}
routes:
  - name: shop_post
    method: POST
    path: /shop
    authorizer: activity_of_body
    function: echo
    policies:
      - {function: settings, authorizerParameter: activity, values: [readSettings]}
      - {function: fails, authorizerParameter: activity, values: [fail, leave]}
      - {function: slow, authorizerParameter: activity, values: [sleep]}
      - {function: malformed, authorizerParameter: activity, values: [malform]}
  - name: shop_get
    method: GET
    path: /shop
    queryParameters: [activity]
    function: echo
    policies:
      - {function: settings, queryParameter: activity, values: [readSettings]}
  - {name: item, method: PUT, path: "/shop/{id}/parts/{part}", function: echo}
  - {name: prefix, method: POST, path: /files, matchMode: SWA, function: echo}
timers:
  - {name: every_minute, function: sweep, scheduleType: Rate, schedule: 1m, userEvent: '{"share":"1 of 1"}'}
"""

COMPONENT = """\
  - name: {name}
    type: Huawei::FunctionGraph::Function
    properties:
      {{codeUri: functions/{name}, handler: index.handler, runtime: Python3.10, memorySize: 128, timeout: 3{more}}}
"""

MORE = {
    "settings": ", settings: [STATE_URL, GREETING], encryptedSettings: [HIDDEN]",
    "sweep": ", settings: [STATE_URL, ARCHIVE_URL], initializerHandler: index.initialize",
}

FUNCTIONS = {
    "authorize": """
        import base64, json

        def handler(event, context):
            activity = json.loads(base64.b64decode(event["body"]) or "{}").get("activity", "")
            if activity == "break":
                return {"statusCode": "200", "body": "{}"}
            status = "deny" if activity == "steal" else "allow"
            return {"statusCode": 200, "body": json.dumps({"status": status, "context": {"activity": activity}})}
        """,
    "echo": """
        import json

        def handler(event, context):
            print("a line a function printed")
            body = json.dumps({"event": event, "now": context.clock.now().isoformat()})
            headers = {"Content-Type": "application/json", "Content-Length": "1", "X-Request": context.getRequestID()}
            return {"statusCode": 200, "headers": headers, "isBase64Encoded": False, "body": body}
        """,
    "settings": """
        import json, os

        NAMES = ("STATE_URL", "ARCHIVE_URL", "GREETING", "HIDDEN")

        def handler(event, context):
            given = {name: context.getUserData(name) for name in NAMES}
            body = json.dumps({"given": given, "environment": [name for name in NAMES if name in os.environ]})
            return {"statusCode": 200, "headers": {}, "isBase64Encoded": False, "body": body}
        """,
    "fails": """
        import base64, json

        def handler(event, context):
            if b"leave" in base64.b64decode(event["body"]):
                raise SystemExit(3)
            raise ValueError("a very private matter")
        """,
    "slow": """
        import time

        def handler(event, context):
            time.sleep(0.2)
            return {"statusCode": 200, "headers": {}, "isBase64Encoded": False, "body": "late"}
        """,
    "malformed": """
        def handler(event, context):
            return {"statusCode": 200, "body": "only two keys"}
        """,
    "sweep": """
        ready = []

        def initialize(context):
            ready.append(context.getFunctionName())

        def handler(event, context):
            return {"event": event, "initialized": ready, "state": context.getUserData("STATE_URL")}
        """,
}


def write_bundle(root: Path, **functions: str) -> Path:
    """Write the bundle below ``root``, some functions with another code; the path of its template."""
    sources = FUNCTIONS | functions
    components = "".join(COMPONENT.format(name=name, more=MORE.get(name, "")) for name in sources)
    template = root / "template.yaml"
    template.write_text(TEMPLATE.replace("%COMPONENTS%\n", components), encoding="utf-8")
    for name, source in sources.items():
        folder = root / "functions" / name
        folder.mkdir(parents=True)
        (folder / "index.py").write_text(dedent(source), encoding="utf-8")
    return template
