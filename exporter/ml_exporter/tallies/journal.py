"""What batches added to the buckets since these were last stored: so that a batch writes no more than it brought."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ml_exporter.tallies.sums import Sums

PREFIX = "journal/"
"""The ledger keeps each batch's additions under a name of its own that begins so."""


def additions(stored: Mapping[str, bytes]) -> Iterator[tuple[str, Sums]]:
    """Yield what entries hold, each the name of a bucket and what was added to it, in the order of the batches.

    Several buckets may have had the same added.

    Args:
        stored: what the ledger keeps under names that begin with ``PREFIX``.

    Raises:
        DamagedState: an entry is damaged.
        msgspec.DecodeError: likewise.
    """
    for entry in sorted(stored):
        for names, content in msgspec.msgpack.decode(stored[entry], type=list[tuple[list[str], bytes]]):
            sums = Sums.from_bytes(content)
            for name in names:
                yield name, sums


class Journal:
    """Makes entries, one a batch, until all buckets are stored."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        """Go on behind the entries that the ledger keeps."""
        self._names = sorted(stored)
        self._next = 1 + int(self._names[-1].removeprefix(PREFIX)) if self._names else 0

    def entry(self, added: Sequence[tuple[str, Sums]]) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored of a batch; nothing where it added nothing."""
        if not added:
            return []
        self._names.append(f"{PREFIX}{self._next:012}")
        self._next += 1
        together: dict[int, tuple[list[str], Sums]] = {}
        for name, sums in added:
            together.setdefault(id(sums), ([], sums))[0].append(name)
        content = [(names, sums.to_bytes()) for names, sums in together.values()]
        return [(self._names[-1], msgspec.msgpack.encode(content))]

    def forgotten(self) -> list[tuple[str, bytes | None]]:
        """Return the names of all entries, to be forgotten with the transaction in which all buckets are stored."""
        names, self._names = self._names, []
        return [(name, None) for name in names]
