"""Every callback through one function: it runs the callback functions' own handlers in its process.

For routes with ``through: front_door``. Each handler verifies and answers exactly as it does behind a policy of its
own. A handler is loaded when the first call for it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from koogallery.apig import Reply
from koogallery.front_door import function_of
from koogallery.initialization import make_clients

Handler = Callable[[object, object], Reply]

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "functions", _HERE.parent)
"""Where the functions' folders are: in this function's own package, else beside this folder in the source tree."""


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the answer of the function the event is for out."""
    return _handler_of(function_of(event))(event, context)


@cache
def _handler_of(function: str) -> Handler:
    """The function's own handler; names come from the core's tables alone."""
    file = next(path for folder in _FOLDERS if (path := folder / function / "index.py").is_file())
    spec = spec_from_file_location(f"front_door_{function}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"function {function} cannot be loaded")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Handler = module.handler
    return found
