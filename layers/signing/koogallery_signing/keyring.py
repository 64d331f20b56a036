"""The keys of one interface class, the current one first.

Each interface class of the marketplace has its own access key; a second one is kept while a key is being changed,
so that there is no moment without a valid signature.
"""

from __future__ import annotations

from collections.abc import Iterator

from koogallery_signing.errors import EmptyKeyring, MalformedKey

MAX_KEYS = 8
MAX_KEY_LENGTH = 512


class Keyring:
    """An immutable list of one to eight different keys. Never shows them."""

    __slots__ = ("_keys",)

    def __init__(self, *keys: str) -> None:
        """Raise EmptyKeyring without keys, MalformedKey for one that cannot be a key."""
        unique = tuple(dict.fromkeys(keys))
        if not unique:
            raise EmptyKeyring("the key list holds no key")
        if len(unique) > MAX_KEYS:
            raise MalformedKey(f"the key list holds more than {MAX_KEYS} keys")
        if not all(_is_usable(key) for key in unique):
            raise MalformedKey("a key of the list is empty, too long or not valid Unicode")
        self._keys = unique

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read ``"current,previous"``: comma separated, blanks around a key dropped, an empty part is no key."""
        return cls(*(part.strip() for part in text.split(",") if part.strip()))

    @property
    def current(self) -> str:
        """The key to sign with."""
        return self._keys[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, index: int) -> str:
        return self._keys[index]

    def __repr__(self) -> str:
        return f"Keyring(<{len(self._keys)} keys>)"


def _is_usable(key: str) -> bool:
    # A setting decoded with surrogateescape would fail much later, at the first HMAC.
    return 0 < len(key) <= MAX_KEY_LENGTH and not any("\ud800" <= character <= "\udfff" for character in key)
