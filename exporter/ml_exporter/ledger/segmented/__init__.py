"""The ledger that runs in production: recent rows in memory, older ones in sorted segments, all else in SQLite."""

from ml_exporter.ledger.segmented.copying import back_up, restore
from ml_exporter.ledger.segmented.inspection import Information, LaneInformation, inspect, verify
from ml_exporter.ledger.segmented.ledger import SegmentedLedger
from ml_exporter.ledger.segmented.lookup import known_predictions
from ml_exporter.ledger.segmented.sizes import Sizes

__all__ = [
    "Information",
    "LaneInformation",
    "SegmentedLedger",
    "Sizes",
    "back_up",
    "inspect",
    "known_predictions",
    "restore",
    "verify",
]
