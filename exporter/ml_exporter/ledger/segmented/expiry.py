"""Forgetting what is too old: row by row where a run is partly old, and the whole run once nothing of it is left."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from ml_exporter.ledger.segmented.label_lane import OWNER, UNMATCHED
from ml_exporter.ledger.segmented.prediction_lanes import CONTESTED, PENDING
from ml_exporter.ledger.segmented.tables import Tables


def expire_predictions(tables: Tables, model: int, before: float) -> Mapping[int, int]:
    """Forget a model's predictions made before a time; return the pending ones by series."""
    expired: Counter[int] = Counter()
    for lane in tables.predictions.lanes:
        for run in lane.runs:
            rows = lane.older(run, model, before, waiting=False)
            if not len(rows):
                continue
            flags = run.flags[rows]
            pending = run.column("series", rows[flags == PENDING])
            codes, counts = np.unique(pending, return_counts=True)
            expired.update(dict(zip(codes.tolist(), counts.tolist(), strict=True)))
            tables.count_pending(pending, -1)
            contested = run.sequences(rows[flags == CONTESTED])
            tables.database.delete_standings(lane.name, contested.tolist())
            lane.forget(run, rows)
    return expired


def expire_labels(tables: Tables, before: float) -> None:
    """Forget labels that are older than a time."""
    lane = tables.labels.lane
    for run in lane.runs:
        rows = lane.older(run, OWNER, before, waiting=False)
        tables.facts.unmatched -= int(np.count_nonzero(run.flags[rows] == UNMATCHED))
        lane.forget(run, rows)
    tables.facts.labels_forgotten_before = max(tables.final_before, before)
