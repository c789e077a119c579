"""Outcome tally of binary scores between the thresholds of the curves: counts that need no interpolation."""

import numpy as np

from ml_exporter.catalogue.bins import THRESHOLDS, threshold_bin
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.binary import SCORE
from ml_exporter.tallies.kind import Contributions, Tally


def _between_thresholds(outcomes: Outcomes, _model: ModelSettings) -> Contributions:
    score = outcomes.payload[:, SCORE]
    scored = ~np.isnan(score)
    positive = outcomes.actual[scored, 0] == 1
    values = np.column_stack([~positive, positive]).astype(np.float64)
    return Contributions(scored, threshold_bin(score[scored]), values)


TALLIES = (
    Tally(
        name="thresholds",
        source="outcomes",
        columns=("negatives", "positives"),
        contribute=_between_thresholds,
        tasks=frozenset({"binary"}),
        bins=len(THRESHOLDS),
        sliced=False,
    ),
)
