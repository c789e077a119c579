"""The segmented ledger: the contract, with rows that stay in memory and with rows that move at every step."""

from pathlib import Path

from ml_exporter.ledger.segmented import SegmentedLedger
from tests.ledger.contract import LedgerContract
from tests.ledger.segmented.sizes import TINY


class TestInMemory(LedgerContract):
    """The contract, at the sizes of production: everything stays in memory."""

    def opened(self, folder: Path) -> SegmentedLedger:
        return SegmentedLedger(folder)


class TestInSegments(LedgerContract):
    """The contract, at sizes at which every few rows become a segment, and segments are merged."""

    def opened(self, folder: Path) -> SegmentedLedger:
        return SegmentedLedger(folder, TINY)
