"""Run by the target's interpreter, as a file of its own: compiles every module below some folders.

``compile_folders.py FOLDER …``: the byte-code lies beside each source in ``__pycache__``. It is never checked against
its source (unchecked hash, PEP 552): the folder is read-only in the cloud, and the date of a file there means nothing.
"""

from __future__ import annotations

import os
import py_compile
import sys
from collections.abc import Sequence
from pathlib import Path


def compile_folder(folder: Path) -> None:
    """Compile; the path that byte-code names is relative to the folder. Raises ``PyCompileError``."""
    for source in sorted(folder.rglob("*.py")):
        py_compile.compile(
            str(source),
            dfile=source.relative_to(folder).as_posix(),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def main(folders: Sequence[str]) -> int:
    """Compile each folder in a process that has compiled nothing before; returns the exit status.

    Byte-code marks what other code of the same process refers to: a folder's must not depend on other folders.
    """
    for folder in folders:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                compile_folder(Path(folder))
                status = 0
            except py_compile.PyCompileError as exc:
                print(exc.msg, file=sys.stderr, flush=True)
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1] != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
