"""Predictions that are judged by silence. What silence meant is kept once, and a flag says which meaning it was."""

import math

import numpy as np

from ml_exporter.events import Categorical
from ml_exporter.ledger.interface import Joined
from ml_exporter.ledger.judgement import Standing, Word
from ml_exporter.ledger.segmented.facts import Facts
from ml_exporter.ledger.segmented.pairs import Effects
from ml_exporter.ledger.segmented.prediction_lanes import (
    CONTESTED,
    FIRST_ASSUMED,
    LAST_ASSUMED,
    prediction_columns,
)
from ml_exporter.ledger.segmented.standings import write_standing
from ml_exporter.ledger.segmented.tables import Tables


def assume(tables: Tables, model: int, before: float, actual: str, after: float, limit: int | None) -> Joined:
    """Judge by silence the predictions made before a time that no label has reached; see ``Ledger.assume_labels``."""
    effects = Effects()
    flag = _flag(tables.facts, actual, after)
    judged = 0
    for lane in tables.predictions.lanes:
        for run in lane.runs:
            rows = lane.older(run, model, before, waiting=True, limit=None if limit is None else limit - judged)
            if not len(rows):
                continue
            predictions = prediction_columns(run, rows)
            lane.mark(run, rows, flag)
            if flag == CONTESTED:
                for sequence, time in zip(run.sequences(rows).tolist(), predictions.time.tolist(), strict=True):
                    write_standing(tables.database, lane.name, sequence, _standing(actual, time + after))
            tables.count_pending(predictions.series[:, 0], -1)
            effects.judge(
                predictions,
                predictions.time + after,
                Categorical.constant(actual, len(rows)),
                np.full(len(rows), np.nan),
            )
            judged += len(rows)
    return effects.joined(np.ones(judged, dtype=np.bool_))


def _flag(facts: Facts, actual: str, after: float) -> int:
    """Return the flag of an assumption; the meanings that do not fit are kept with each prediction."""
    if (actual, after) not in facts.assumptions and len(facts.assumptions) <= LAST_ASSUMED - FIRST_ASSUMED:
        facts.assumptions.append((actual, after))
    if (actual, after) in facts.assumptions:
        return FIRST_ASSUMED + facts.assumptions.index((actual, after))
    return CONTESTED


def assumed_standing(facts: Facts, flag: int, time: float) -> Standing:
    """Return what stands for a prediction of a time that has been judged by silence."""
    actual, after = facts.assumptions[flag - FIRST_ASSUMED]
    return _standing(actual, time + after)


def _standing(actual: str, label_time: float) -> Standing:
    return Standing(Word(actual, math.nan, label_time), label_time, assumed=True)
