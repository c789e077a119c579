"""The ledger that runs in production: recent rows in memory, older ones in sorted segments, all else in SQLite."""

from ml_exporter.ledger.segmented.ledger import SegmentedLedger
from ml_exporter.ledger.segmented.sizes import Sizes

__all__ = ["SegmentedLedger", "Sizes"]
