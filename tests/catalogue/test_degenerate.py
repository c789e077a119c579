"""Every metric of every task on inputs at the edge: no value that is not finite, none beyond its limits or bounds."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.config import ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.events.tasks.regression import LARGEST
from tests.builders import binary_model, outcomes
from tests.catalogue.numbers import MODEL as PRICES
from tests.catalogue.numbers import numbers
from tests.catalogue.rankings import ranked, ranking_model
from tests.catalogue.whole_path import NOW, Array, folded, judged, made, multiclass_model, window

NAN = float("nan")
BUSINESS = {
    "conversion": True,
    "value": "amount",
    "currency": "EUR",
    "costs": {"false_positive": 5, "false_negative": "value"},
}
SHOP = binary_model(business=BUSINESS)
ANIMALS = multiclass_model(3, top_k=[2], business={"currency": "EUR", "costs": {"c0": {"c1": 2}}})
FILMS = ranking_model(1, 5)
MANY = 1200
"""Enough outcomes for scores to be calibrated."""


def binary(score: Array, actual: Array, value: Array | float = 1.0) -> Outcomes:
    decided = np.where(np.isnan(score), 1.0, score >= 0.5)
    events = outcomes(decided, actual, score=score, at=NOW - 1)
    return replace(events, value=np.broadcast_to(np.asarray(value, dtype=np.float64), (len(events),)).copy())


def several(scores: Array, actual: Array) -> Outcomes:
    return judged(scores, actual, np.nan_to_num(scores).argmax(axis=1))


ONES, ZEROS, HALVES = np.ones(MANY), np.zeros(MANY), np.full(MANY, 0.5)
ALTERNATING = np.arange(MANY) % 2.0
SURE = np.tile([1.0, 0.0, 0.0], (MANY, 1))
ITEMS = [["a", "b", "c"]]

CASES: Mapping[str, tuple[ModelSettings, Callable[[], Outcomes]]] = {
    "binary, none": (SHOP, lambda: binary(np.empty(0), np.empty(0))),
    "binary, one row": (SHOP, lambda: binary(np.array([0.7]), np.array([1.0]))),
    "binary, one wrong row": (SHOP, lambda: binary(np.array([0.7]), np.array([0.0]))),
    "binary, all positive and certain": (SHOP, lambda: binary(ONES, ONES)),
    "binary, all wrong and certain": (SHOP, lambda: binary(ONES, ZEROS)),
    "binary, constant scores": (SHOP, lambda: binary(HALVES, ALTERNATING)),
    "binary, backwards": (SHOP, lambda: binary(ALTERNATING, 1 - ALTERNATING)),
    "binary, no scores": (SHOP, lambda: binary(np.full(MANY, NAN), ALTERNATING)),
    "binary, tiny scores": (SHOP, lambda: binary(np.full(MANY, 1e-300), ALTERNATING)),
    "binary, nobody knows the value": (SHOP, lambda: binary(HALVES, ALTERNATING, NAN)),
    "binary, huge values": (SHOP, lambda: binary(HALVES, ALTERNATING, 1e15)),
    "binary, negative values": (SHOP, lambda: binary(HALVES, ALTERNATING, -5.0)),
    "multiclass, none": (ANIMALS, lambda: several(np.empty((0, 3)), np.empty(0))),
    "multiclass, one row": (ANIMALS, lambda: several(SURE[:1], np.array([0]))),
    "multiclass, all right and certain": (ANIMALS, lambda: several(SURE, ZEROS)),
    "multiclass, all wrong and certain": (ANIMALS, lambda: several(SURE, ONES)),
    "multiclass, constant scores": (ANIMALS, lambda: several(np.full((MANY, 3), 1 / 3), np.arange(MANY) % 3)),
    "multiclass, no scores": (ANIMALS, lambda: several(np.full((MANY, 3), NAN), np.arange(MANY) % 3)),
    "multiclass, scores of 0": (ANIMALS, lambda: several(np.zeros((MANY, 3)), np.arange(MANY) % 3)),
    "regression, none": (PRICES, lambda: numbers([], [])),
    "regression, one row": (PRICES, lambda: numbers([1], [2], 0, 3)),
    "regression, all right": (PRICES, lambda: numbers(ALTERNATING, ALTERNATING, ALTERNATING, ALTERNATING)),
    "regression, constant": (PRICES, lambda: numbers(ONES, ONES * 7)),
    "regression, all 0": (PRICES, lambda: numbers(ZEROS, ZEROS)),
    "regression, huge": (PRICES, lambda: numbers(ONES * LARGEST, -ALTERNATING * LARGEST)),
    "regression, tiny": (PRICES, lambda: numbers(ONES * 1e-300, ALTERNATING * 1e-300)),
    "regression, constant far from 0": (PRICES, lambda: numbers(ONES * 1e12, ONES * 1e12 + 1e-4 * ALTERNATING)),
    "ranking, none": (FILMS, lambda: ranked([], [], FILMS)),
    "ranking, nothing relevant": (FILMS, lambda: ranked(ITEMS * 50, [{}] * 50, FILMS)),
    "ranking, nothing ranked": (FILMS, lambda: ranked([[]] * 50, [{"a": 1.0}] * 50, FILMS)),
    "ranking, ideal": (FILMS, lambda: ranked(ITEMS * 50, [{"a": 1.0}] * 50, FILMS)),
    "ranking, huge and tiny relevance": (FILMS, lambda: ranked(ITEMS * 50, [{"b": 1e100, "c": 1e-100}] * 50, FILMS)),
}


@pytest.mark.parametrize("case", CASES)
def test_every_value_is_finite_or_absent_within_its_limits_and_between_its_bounds(case: str) -> None:
    model, make = CASES[case]
    events = make()
    buckets = folded(events, model)
    buckets.fold_predictions(made(events.payload), model, NOW)
    statistics = window(buckets).statistics(np.array([0]), model)
    for metric in catalogue.metrics():
        if metric.applies(model.task, model.offers):
            _check(metric, *(float(part[0]) for part in _parts(metric, statistics)))
    for spread in catalogue.spreads():
        if spread.applies(model.task, model.offers) and not spread.since_the_beginning:
            for labels, values in spread.rows(statistics, model):
                assert not np.isinf(values).any(), (spread.family.name, labels)


def _parts(metric: Metric, statistics: catalogue.Statistics) -> tuple[Array, Array, Array]:
    found = metric.estimate(statistics)
    return found.value, found.lower, found.upper


def _check(metric: Metric, value: float, lower: float, upper: float) -> None:
    assert not np.isinf([value, lower, upper]).any(), metric.id
    if np.isnan(value):
        assert np.isnan([lower, upper]).all(), metric.id
        return
    low, high = metric.limits
    room = 1e-9 * max(1.0, abs(value))
    assert low - room <= value <= high + room, metric.id
    if not np.isnan(lower):
        assert low - room <= lower <= value + room, metric.id
        assert value - room <= upper <= high + room, metric.id
