"""Ids of predictions: UUIDs of version 7 (RFC 9562), as 32 hexadecimal digits.

They begin with the time, so that whoever keeps them beside his rows, to label them later, has an index that grows at
its end. Random ones (version 4) cost a call of the operating system each.
"""

import random

_VERSION, _VARIANT = 7 << 76, 2 << 62
_RANDOM_A, _RANDOM_B = 12, 62
"""Bits."""


class Identifiers:
    """Makes ids that no other process makes. Safe to use from several threads."""

    def __init__(self, chance: random.Random | None = None) -> None:
        """Begin.

        Args:
            chance: where the random bits come from; without it a generator seeded by the operating system.
        """
        self._bits = (chance or random.Random()).getrandbits  # noqa: S311 - unique, not secret

    def make(self, now: float) -> str:
        """Return a new id.

        Args:
            now: seconds since the epoch.
        """
        drawn = self._bits(_RANDOM_A + _RANDOM_B)
        high, low = drawn >> _RANDOM_B, drawn & ((1 << _RANDOM_B) - 1)
        return f"{(int(now * 1000) & 0xFFFFFFFFFFFF) << 80 | _VERSION | high << 64 | _VARIANT | low:032x}"
