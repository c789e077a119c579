"""A batch of labels meets the ledger."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import ANY_MODEL, CorrectionWindows, Joined, LabelRows
from ml_exporter.ledger.segmented.actuals import codes_among
from ml_exporter.ledger.segmented.closely import Closely, LabelBatch
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.hashing import hash_ids
from ml_exporter.ledger.segmented.label_lane import MATCHED, UNMATCHED, values_of
from ml_exporter.ledger.segmented.lane import Lane
from ml_exporter.ledger.segmented.pairs import Effects
from ml_exporter.ledger.segmented.prediction_lanes import JUDGED, PENDING, prediction_columns
from ml_exporter.ledger.segmented.run import Run
from ml_exporter.ledger.segmented.tables import Tables


def join_labels(tables: Tables, rows: LabelRows, corrections: CorrectionWindows) -> Joined:
    """Accept labels and join them with the predictions that came before them.

    Most labels are the first of their id and meet pending predictions, or none: they are taken all at once. A label is
    singled out where another of its id is remembered, or stands beside it, or where it meets a prediction that is
    judged: the ids of such labels are taken one by one.
    """
    effects = Effects()
    if not len(rows.model):
        return effects.joined(np.empty(0, dtype=np.bool_))
    batch = LabelBatch(rows, hash_ids(rows.prediction_id), values_of(rows), _dated(rows, corrections))
    known = tables.labels.find(batch.hashes)
    repeats = _repeats_known(tables, batch, known)
    first, repeats_first = _repeats_within(batch)
    accepted = ~(repeats | repeats_first)
    single = accepted & _is_alone(accepted, first)
    for _, found in known:
        single[found.query] = False
    met = _predictions_of(tables, batch, accepted)
    for _, run, found in met:
        single[found.query[run.flags[found.row] != PENDING]] = False
    matched = np.zeros(len(rows.model), dtype=np.bool_)
    for lane, run, found in met:
        pairs = found.where(single[found.query])
        if len(pairs.row):
            matched[pairs.query] = True
            _judge(tables, batch, lane, run, pairs, effects)
    singled_out = np.flatnonzero(accepted & ~single)
    if len(singled_out):
        closely = Closely(tables, batch, first[singled_out], first)
        closely.remember(known)
        closely.meet(met, corrections)
        closely.take(singled_out, effects)
        accepted[singled_out], matched[singled_out] = closely.accepted, closely.matched
    chosen = np.flatnonzero(accepted)
    tables.labels.add(rows, batch.hashes, chosen, np.where(matched[chosen], MATCHED, UNMATCHED).astype(np.uint8))
    tables.facts.unmatched += int(np.count_nonzero(~matched[chosen]))
    return effects.joined(accepted)


def _dated(rows: LabelRows, corrections: CorrectionWindows) -> NDArray[np.bool_]:
    corrected = [model for model, window in corrections.items() if window > 0]
    return np.isin(rows.model, [*corrected, ANY_MODEL]) if corrected else np.zeros(len(rows.model), dtype=np.bool_)


def _repeats_known(tables: Tables, batch: LabelBatch, known: list[tuple[Run, Found]]) -> NDArray[np.bool_]:
    """Return which labels say nothing that a remembered one has not said."""
    repeats = np.zeros(len(batch.hashes), dtype=np.bool_)
    for run, (query, row) in known:
        actual, value, time = tables.labels.said(run, row)
        own = batch.rows.actual.codes[query]
        same = (run.column("model", row) == batch.rows.model[query]) & (
            codes_among(actual, batch.rows.actual.values) == own
        )
        same &= np.isnan(batch.value[query]) | (batch.value[query] == value)
        same &= ~batch.dated[query] | (batch.rows.timestamp[query] == time)
        repeats[query[same]] = True
    return repeats


def _repeats_within(batch: LabelBatch) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the first row of the batch with the same id, and which rows say nothing more than that one."""
    rows = np.arange(len(batch.hashes))
    ordered = np.sort(batch.hashes)
    if not (ordered[1:] == ordered[:-1]).any():
        return rows, np.zeros(len(rows), dtype=np.bool_)
    _, first_of, inverse = np.unique(batch.hashes, return_index=True, return_inverse=True)
    first = first_of[inverse]
    same = (first != rows) & (batch.rows.model[first] == batch.rows.model)
    same &= batch.rows.actual.codes[first] == batch.rows.actual.codes
    same &= np.isnan(batch.value) | (batch.value == batch.value[first])
    same &= ~batch.dated | (batch.rows.timestamp == batch.rows.timestamp[first])
    return first, same


def _is_alone(accepted: NDArray[np.bool_], first: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which rows are the only accepted ones of their id."""
    counts = np.bincount(first[accepted], minlength=len(first))
    return np.asarray(counts[first] == 1)


def _predictions_of(tables: Tables, batch: LabelBatch, accepted: NDArray[np.bool_]) -> list[tuple[Lane, Run, Found]]:
    """Return the predictions that accepted labels concern."""
    chosen = np.flatnonzero(accepted)
    met = []
    for lane, run, (query, row) in tables.predictions.find(batch.hashes[chosen]):
        model = batch.rows.model[chosen[query]]
        concerning = Found(chosen[query], row).where((model == ANY_MODEL) | (model == lane.owner(run, row)))
        if len(concerning.row):
            met.append((lane, run, concerning))
    return met


def _judge(tables: Tables, batch: LabelBatch, lane: Lane, run: Run, pairs: Found, effects: Effects) -> None:
    """Judge pending predictions, all at once."""
    predictions = prediction_columns(run, pairs.row)
    lane.mark(run, pairs.row, JUDGED)
    tables.count_pending(predictions.series[:, 0], -1)
    effects.judge(
        predictions,
        batch.rows.timestamp[pairs.query],
        batch.rows.actual.take(pairs.query),
        batch.value[pairs.query],
    )
