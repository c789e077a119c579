"""What the parts of the contract share: an open ledger, and the pairs of a result."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_exporter.ledger import Joined, JudgedPredictions, Ledger

FRAUD, FRAUD_SHADOW = 0, 1  # two versions of model 0
OTHER_MODEL_SERIES = 2

Pair = tuple[int, float, str | None, float]


class Opened:
    """Gives tests a ledger."""

    def opened(self, folder: Path) -> Ledger:
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[Ledger]:
        ledger = self.opened(tmp_path)
        yield ledger
        ledger.close()


def pairs(joined: Joined) -> list[Pair]:
    """Return what was judged: series, prediction time, label, label time."""
    return _pairs(joined.judged)


def retracted(joined: Joined) -> list[Pair]:
    """Return what was taken back, likewise."""
    return _pairs(joined.retracted)


def _pairs(judged: JudgedPredictions) -> list[Pair]:
    return sorted(valued[:4] for valued in valued_pairs(judged))


def valued_pairs(judged: JudgedPredictions) -> list[tuple[int, float, str | None, float, float | None]]:
    """Return pairs with their business value, None where there is none."""
    return list(
        zip(
            judged.series[:, 0].tolist(),
            judged.prediction_time.tolist(),
            judged.actual.texts(),
            judged.label_time.tolist(),
            [None if math.isnan(value) else value for value in judged.value.tolist()],
            strict=True,
        )
    )
