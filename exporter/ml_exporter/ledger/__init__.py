"""The ledger: joins labels to predictions exactly once, and keeps everything that must survive the process."""

from ml_exporter.ledger.interface import (
    ANY_MODEL,
    NO_CORRECTIONS,
    CorrectionWindows,
    DamagedStore,
    Joined,
    JudgedPredictions,
    LabelRows,
    Ledger,
    PredictionRows,
    StoreError,
)
from ml_exporter.ledger.peek import read_state, read_states
from ml_exporter.ledger.segmented import (
    Information,
    LaneInformation,
    SegmentedLedger,
    back_up,
    inspect,
    known_predictions,
    restore,
    verify,
)
from ml_exporter.ledger.sqlite import SqliteLedger

__all__ = [
    "ANY_MODEL",
    "NO_CORRECTIONS",
    "CorrectionWindows",
    "DamagedStore",
    "Information",
    "Joined",
    "JudgedPredictions",
    "LabelRows",
    "LaneInformation",
    "Ledger",
    "PredictionRows",
    "SegmentedLedger",
    "SqliteLedger",
    "StoreError",
    "back_up",
    "inspect",
    "known_predictions",
    "read_state",
    "read_states",
    "restore",
    "verify",
]
