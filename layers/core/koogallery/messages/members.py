"""How a message is declared and read: ``name = Member(reader)`` in a class, ``read`` makes one from JSON members.

A reader takes what JSON gave (None, bool, number, str, list, dict) and returns the value; it raises ValueError in
words that never quote what it was given, since they go to logs and answers. See ADR 11 for why these are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, overload

from koogallery import times

T = TypeVar("T")
M = TypeVar("M", bound="Message")
Reader = Callable[[object], T]


class _Nothing:
    """No default: the member must be there."""


_NOTHING = _Nothing()


class Member(Generic[T]):
    """One member of a message: how it is read, its names on the wire (the first that is there counts), its default.

    Without a name the member has its own in camelCase.
    """

    def __init__(self, read: Reader[T], *names: str, default: T | _Nothing = _NOTHING) -> None:
        self._read = read
        self._names = names
        self._default = default

    def __set_name__(self, owner: type[Message], name: str) -> None:
        self._names = self._names or (camel_case(name),)

    @overload
    def __get__(self, message: None, owner: type[Message]) -> Member[T]: ...

    @overload
    def __get__(self, message: Message, owner: type[Message]) -> T: ...

    def __get__(self, message: Message | None, owner: type[Message]) -> Member[T] | T:
        """The member of a class. A message that was read holds the value itself, so it is not asked here."""
        if message is None:
            return self
        raise AttributeError(f"{self._names[0]} was not read")

    def of(self, given: dict[Any, Any]) -> T:
        """The value in what was sent; the ValueError names the member."""
        for name in self._names:
            if name in given:
                try:
                    return self._read(given[name])
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None
        if isinstance(self._default, _Nothing):
            raise ValueError(f"{self._names[0]}: Field required")
        return self._default


class Message:
    """Base of every message: read once, never changed; unknown members are ignored (compatibility rule of the guides).

    Its ``repr`` is the name of its type: what the members hold may be personal or secret.
    """

    members: ClassVar[dict[str, Member[Any]]] = {}
    secret: ClassVar[frozenset[str]] = frozenset()
    """Members that are left out of what is kept of a callback."""

    def __init_subclass__(cls) -> None:
        cls.members = {
            name: member
            for base in reversed(cls.__mro__)
            for name, member in vars(base).items()
            if isinstance(member, Member)
        }

    @classmethod
    def read(cls: type[M], given: object) -> M:
        """The message in what was sent; raises ValueError that names the first bad member."""
        if not isinstance(given, dict):
            raise ValueError("Input should be a valid dictionary")
        message = cls()
        vars(message).update({name: member.of(given) for name, member in cls.members.items()})
        return message

    def replaced(self: M, **changes: object) -> M:
        """The message with other values."""
        message = type(self)()
        vars(message).update({**vars(self), **changes})
        return message

    def to_wire(self) -> dict[str, Any]:
        """By the names of the wire, as JSON takes it, without what is secret."""
        return {
            camel_case(name): times.iso(value) if isinstance(value, datetime) else value
            for name, value in vars(self).items()
            if name not in self.secret
        }

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def camel_case(name: str) -> str:
    """``order_line_id`` → ``orderLineId``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def text(value: object) -> str:
    """A text of any length."""
    if not isinstance(value, str):
        raise ValueError("Input should be a valid string")
    return value


def is_printable(value: str) -> bool:
    """No control character of ASCII in it; it may be empty."""
    return min(value, default=" ") >= " " and "\x7f" not in value


def one_of(*words: str) -> Reader[str]:
    """One of several texts."""
    *others, last = (f"'{word}'" for word in words)
    problem = f"Input should be {', '.join(others)} or {last}" if others else f"Input should be {last}"

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(problem)
        return value

    return read


def list_of(read: Reader[T], longest: int) -> Reader[list[T]]:
    """A list of at most ``longest`` entries."""

    def read_all(value: object) -> list[T]:
        if not isinstance(value, list):
            raise ValueError("Input should be a valid list")
        if len(value) > longest:
            raise ValueError(f"must have at most {longest} entries")
        return [read(entry) for entry in value]

    return read_all
