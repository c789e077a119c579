"""A batch of predictions meets the ledger."""

import numpy as np
from numpy.typing import NDArray

from ml_exporter.ledger.interface import ANY_MODEL, CorrectionWindows, Joined, PredictionRows
from ml_exporter.ledger.judgement import Standing, Word
from ml_exporter.ledger.segmented.found import Found
from ml_exporter.ledger.segmented.hashing import hash_ids
from ml_exporter.ledger.segmented.label_lane import MATCHED, UNMATCHED
from ml_exporter.ledger.segmented.meeting import Meeting
from ml_exporter.ledger.segmented.pairs import Effects, PredictionColumns
from ml_exporter.ledger.segmented.prediction_lanes import CONTESTED, JUDGED, PENDING, PredictionLanes
from ml_exporter.ledger.segmented.run import Run
from ml_exporter.ledger.segmented.standings import write_standing
from ml_exporter.ledger.segmented.tables import Tables


def join_predictions(tables: Tables, rows: PredictionRows, corrections: CorrectionWindows) -> Joined:
    """Accept predictions and join them with the labels that came before them."""
    effects = Effects()
    if not len(rows.model):
        return effects.joined(np.empty(0, dtype=np.bool_))
    series = rows.series[:, 0]
    tables.predictions.note_models(series, rows.model)
    hashes = hash_ids(rows.prediction_id)
    accepted = _first_of_its_key(hashes, series) & ~_is_known(tables.predictions, hashes, series)
    chosen = np.flatnonzero(accepted)
    waiting = _labels_of(tables, rows, hashes, chosen)
    labels = (
        np.bincount(np.concatenate([found.query for _, found in waiting]), minlength=len(chosen))
        if waiting
        else np.zeros(len(chosen), dtype=np.intp)
    )
    flags = np.where(labels == 0, PENDING, np.where(labels == 1, JUDGED, CONTESTED)).astype(np.uint8)
    new = PredictionColumns(rows.series[chosen], rows.timestamp[chosen], rows.payload[chosen])
    _judge_by_the_only_label(tables, new, waiting, labels, effects)
    standings = _judge_by_several_labels(tables, rows.model[chosen], new, waiting, labels, corrections, effects)
    for place, of_chosen in tables.predictions.add(rows, hashes, chosen, flags):
        for at in np.flatnonzero(labels[of_chosen] > 1).tolist():
            sequence = int(place.run.sequences(place.rows[at : at + 1])[0])
            write_standing(tables.database, place.lane.name, sequence, standings[int(of_chosen[at])])
    tables.count_pending(series[chosen[labels == 0]], 1)
    _mark_matched(tables, waiting)
    return effects.joined(accepted)


def _first_of_its_key(hashes: NDArray[np.uint64], series: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which rows are the first of the batch with their id and series."""
    first = np.ones(len(hashes), dtype=np.bool_)
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(repeated):
        rows = np.flatnonzero(np.isin(hashes, repeated))
        keys = np.column_stack([hashes[rows].view(np.int64), series[rows].astype(np.int64)])
        _, first_of = np.unique(keys, axis=0, return_index=True)
        first[rows] = False
        first[rows[first_of]] = True
    return first


def _is_known(predictions: PredictionLanes, hashes: NDArray[np.uint64], series: NDArray[np.int32]) -> NDArray[np.bool_]:
    known = np.zeros(len(hashes), dtype=np.bool_)
    for _, run, found in predictions.find(hashes):
        known[found.query[run.column("series", found.row) == series[found.query]]] = True
    return known


def _labels_of(
    tables: Tables, rows: PredictionRows, hashes: NDArray[np.uint64], chosen: NDArray[np.intp]
) -> list[tuple[Run, Found]]:
    """Return the labels that concern the chosen predictions."""
    waiting = []
    for run, found in tables.labels.find(hashes[chosen]):
        model = run.column("model", found.row)
        concerning = found.where((model == ANY_MODEL) | (model == rows.model[chosen][found.query]))
        if len(concerning.row):
            waiting.append((run, concerning))
    return waiting


def _judge_by_the_only_label(
    tables: Tables,
    new: PredictionColumns,
    waiting: list[tuple[Run, Found]],
    labels: NDArray[np.intp],
    effects: Effects,
) -> None:
    for run, found in waiting:
        only = found.where(labels[found.query] == 1)
        if len(only.row):
            actual, value, time = tables.labels.said(run, only.row)
            effects.judge(new.take(only.query), time, actual, value)


def _judge_by_several_labels(
    tables: Tables,
    model: NDArray[np.int32],
    new: PredictionColumns,
    waiting: list[tuple[Run, Found]],
    labels: NDArray[np.intp],
    corrections: CorrectionWindows,
    effects: Effects,
) -> dict[int, Standing]:
    """Let labels meet predictions one by one, in the order in which the labels arrived; return what stands then."""
    words: dict[int, list[tuple[int, Word]]] = {}
    for run, found in waiting:
        several = found.where(labels[found.query] > 1)
        if len(several.row):
            sequences = run.sequences(several.row).tolist()
            for query, sequence, word in zip(
                several.query.tolist(), sequences, tables.labels.words(run, several.row), strict=True
            ):
                words.setdefault(query, []).append((sequence, word))
    standings: dict[int, Standing] = {}
    for query, said in sorted(words.items()):
        meeting = Meeting(
            new.take(np.array([query])), None, corrections.get(int(model[query]), 0.0), tables.final_before
        )
        said.sort(key=lambda sequence_and_word: sequence_and_word[0])
        for place, (_, word) in enumerate(said):
            standings[query] = meeting.hear(word, [earlier for _, earlier in said[:place]], effects)
    return standings


def _mark_matched(tables: Tables, waiting: list[tuple[Run, Found]]) -> None:
    for run, found in waiting:
        rows = np.unique(found.row)
        rows = rows[run.flags[rows] == UNMATCHED]
        tables.labels.lane.mark(run, rows, MATCHED)
        tables.facts.unmatched -= len(rows)
