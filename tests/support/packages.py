"""Small bundles to package, and third-party packages that are made up."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bundle_packages.requirements import Pin
from bundle_packages.sources import Distribution, Say
from bundle_packages.target import Target

SHA = "0" * 64
TEMPLATE = """\
metadata: {description: sample, version: 1.0.0}
components:
  - name: hello
    type: Huawei::FunctionGraph::Function
    properties:
      codeUri: functions/hello
      handler: index.handler
      runtime: Python3.10
      memorySize: 128
      timeout: 3
      layers: [core, vendor]
layers:
  - {name: core, codeUri: layers/core}
  - {name: vendor, requirements: requirements.txt}
"""
INDEX, GREETINGS = "functions/hello/index.py", "layers/core/greetings.py"
SOURCES = {
    "template.yaml": TEMPLATE,
    INDEX: "from greetings import greet\n\ndef handler(event, _):\n    return greet(event)\n",
    GREETINGS: "from words import hello\n\ndef greet(event):\n    return hello + event['name']\n",
    "requirements.txt": f"words==1.0 --hash=sha256:{SHA}\n",
}


@dataclass(frozen=True)
class Given:
    """A source that has what it was given, in version 1.0."""

    packages: Mapping[str, Mapping[str, str | bytes]]

    def distributions(self, pins: Sequence[Pin], target: Target, say: Say) -> list[Distribution]:
        """All that are pinned."""
        say(f"given for {target.tag}")
        return [distribution(pin.name, self.packages[pin.name]) for pin in pins]


WORDS = Given({"words": {"words.py": "hello = 'hello '\n", "words-1.0.dist-info/LICENSE": "free"}})


def distribution(name: str, files: Mapping[str, str | bytes]) -> Distribution:
    """A distribution of version 1.0."""
    return Distribution(name, "1.0", {path: _bytes(content) for path, content in files.items()})


def write_sample(root: Path, changes: Mapping[str, str] = {}) -> Path:
    """Write the sample bundle below ``root``, some files with another content; the path of its template."""
    for path, content in {**SOURCES, **changes}.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return root / "template.yaml"


def wheel(files: Mapping[str, str | bytes]) -> tuple[bytes, str]:
    """Content of a wheel with these files, and its digest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue(), hashlib.sha256(buffer.getvalue()).hexdigest()


def other_python() -> str:
    """A minor version that is not the running one."""
    return "3.10" if sys.version_info[:2] != (3, 10) else "3.12"


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
