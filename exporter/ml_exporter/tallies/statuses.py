"""The statuses of requests as codes: bounded in number, never renumbered."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from ml_exporter.catalogue import OTHER
from ml_exporter.config import ModelSettings
from ml_exporter.events import Categorical
from ml_exporter.tallies.bin_names import BinName
from ml_exporter.tallies.serving import STATUS_LIMIT

STATE = "statuses"
SUCCESS = "success"


class Statuses:
    """Gives a code to each status, the last code to all beyond the limit."""

    def __init__(self) -> None:
        self.names = [SUCCESS]
        self._stored = 0

    def encode(self, status: Categorical) -> NDArray[np.int64]:
        """Return the code of each row's status."""
        codes = np.zeros(len(status.values), dtype=np.int64)
        for code, name in status.present():
            codes[code] = self._code(name)
        return codes[status.codes]

    def _code(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        if len(self.names) < STATUS_LIMIT - 1 and name != OTHER:
            self.names.append(name)
            return len(self.names) - 1
        return STATUS_LIMIT - 1

    def name(self, code: int) -> str:
        """Return the status of a code."""
        return self.names[code] if code < len(self.names) else OTHER

    def bin_name(self, model: str, number: int) -> BinName:  # noqa: ARG002 - of a ``BinNames``: all models share them
        """Return the status that a bin counts."""
        return BinName(self.name(number))

    def named_bin(self, model: ModelSettings, name: BinName) -> int:  # noqa: ARG002 - as above
        """Return the bin that counts a status."""
        return self._code(name.name)

    def changes(self) -> list[tuple[str, bytes | None]]:
        """Return name and bytes of what has to be stored since the last call."""
        if self._stored == len(self.names):
            return []
        self._stored = len(self.names)
        return [(STATE, msgspec.json.encode(self.names))]

    def restore(self, stored: bytes | None) -> None:
        """Take over the codes that the ledger kept."""
        if stored:
            self.names = msgspec.json.decode(stored, type=list[str])
            self._stored = len(self.names)
