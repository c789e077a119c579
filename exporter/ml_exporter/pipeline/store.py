"""The store that an exporter keeps everything in."""

from pathlib import Path

from ml_exporter.ledger import Ledger, SegmentedLedger


def open_store(folder: Path) -> Ledger:
    """Open the store in a folder, or make it.

    Raises:
        StoreError: it cannot be used, or another process owns it.
    """
    return SegmentedLedger(folder)
