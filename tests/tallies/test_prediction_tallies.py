"""Tallies of predictions: merging commutes, is associative and exchanges with folding, as for outcomes."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.config import ModelSettings
from ml_exporter.tallies import AcceptedPredictions, Sums, Tally, discover
from tests.builders import binary_model
from tests.catalogue.numbers import MODEL as NUMBERS
from tests.catalogue.rankings import ranking_model
from tests.catalogue.whole_path import NOW, multiclass_model

NAN = float("nan")
MODELS = (binary_model(features=["amount"]), multiclass_model(3), NUMBERS, ranking_model(5))
CASES = [
    pytest.param(tally, model, id=f"{tally.name}, {model.task}")
    for tally in discover()
    for model in MODELS
    if tally.source == "predictions" and tally.name != "features" and tally.takes(model)
]
"""The tally of features has its own tests: its bins are given by a registry."""

Row = tuple[int, int, float, float, bool]
"""Series, class or number, score or NaN, latency or NaN, and whether the request succeeded."""

ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 2),
        st.one_of(st.just(NAN), st.integers(0, 8).map(lambda number: number / 8)),
        st.one_of(st.just(NAN), st.integers(0, 80).map(lambda number: number / 8)),
        st.booleans(),
    ),
    max_size=12,
)


def predictions(rows: Sequence[Row], model: ModelSettings) -> AcceptedPredictions:
    """Write rows as the model's task does; a failed request says nothing."""
    succeeded = np.array([row[4] for row in rows], dtype=np.bool_)
    payload = np.full((len(rows), model.definition.payload_columns), NAN)
    highest = 1 if model.task == "binary" else 2
    payload[:, 0] = [min(row[1], highest) if row[4] else NAN for row in rows]
    if model.task in ("binary", "multiclass"):
        payload[:, 1:] = np.array([row[2] if row[4] else NAN for row in rows]).reshape(-1, 1)
    latency = np.array([row[3] for row in rows])
    return AcceptedPredictions(
        series=np.array([[row[0]] for row in rows], dtype=np.int32).reshape(len(rows), 1),
        timestamp=np.full(len(rows), NOW - 1),
        status=(~succeeded).astype(np.int64),
        joinable=succeeded,
        latency=latency,
        slow=np.nan_to_num(latency) > 5,
        payload=payload,
        sampled=succeeded & (np.arange(len(rows)) % 2 == 0),
        features=(),
    )


def sums(tally: Tally, model: ModelSettings, made: AcceptedPredictions) -> Sums:
    contributed = tally.contribute(made, model)
    assert ((contributed.bins >= 0) & (contributed.bins < tally.width_of(model))).all()
    assert contributed.values.shape == (len(contributed.bins), len(tally.columns))
    assert np.isfinite(contributed.values).all()
    return Sums.fold(made.series[contributed.rows][:, 0] * tally.bins + contributed.bins, contributed.values)


def cells(found: Sums) -> dict[int, tuple[float, ...]]:
    return {int(cell): tuple(values) for cell, values in zip(found.cells, found.values.tolist(), strict=True)}


def joined(*parts: AcceptedPredictions) -> AcceptedPredictions:
    """Put batches one behind the other."""
    columns = ("series", "timestamp", "status", "joinable", "latency", "slow", "payload", "sampled")
    together = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return AcceptedPredictions(**together, features=())


@pytest.mark.parametrize(("tally", "model"), CASES)
@settings(max_examples=20, deadline=None)
@given(first=ROWS, second=ROWS, third=ROWS)
def test_merging_commutes_is_associative_and_exchanges_with_folding(
    tally: Tally, model: ModelSettings, first: list[Row], second: list[Row], third: list[Row]
) -> None:
    batches = [predictions(rows, model) for rows in (first, second, third)]
    one, two, three = (sums(tally, model, batch) for batch in batches)
    assert cells(one.merge(two)) == cells(two.merge(one))
    assert cells(one.merge(two).merge(three)) == cells(one.merge(two.merge(three)))
    assert cells(one.merge(two).merge(three)) == cells(sums(tally, model, joined(*batches)))
    assert cells(Sums.merge_all([one, two, three])) == cells(one.merge(two).merge(three))
