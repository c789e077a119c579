"""Sizes at which every few rows move."""

from ml_exporter.ledger.segmented import Sizes

TINY = Sizes(run_rows=2, merged_segments=2, merged_rows=8, kept_changes=4, run_batches=5)
