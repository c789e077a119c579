"""Tallies of outcomes: the algebra that merging, rolling up and correcting rest on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_exporter.config import Duration, ModelSettings
from ml_exporter.events import Outcomes
from ml_exporter.tallies import Sums, Tally, discover
from ml_exporter.windows import windows_at
from tests.builders import binary_model, outcomes
from tests.catalogue.numbers import MODEL as NUMBERS
from tests.catalogue.numbers import numbers
from tests.catalogue.rankings import ranked, ranking_model
from tests.catalogue.whole_path import NOW, folded, judged, multiclass_model, window

NAN = float("nan")
CLASSES = 3
MONEY = {"conversion": True, "value": "amount", "currency": "EUR", "costs": {"false_negative": "value"}}
SEVERAL, TWO, RANKINGS = multiclass_model(CLASSES, top_k=[2]), binary_model(business=MONEY), ranking_model(1, 2, 10)
TALLIES = [tally for tally in discover() if tally.source == "outcomes"]
EIGHTHS = st.integers(0, 8).map(lambda number: number / 8)
"""Scores whose sums are exact, so that the order of adding them cannot matter."""

Row = tuple[int, list[float], int, int]
"""Series, scores, predicted and actual class."""

ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(st.just([NAN] * CLASSES), st.lists(EIGHTHS, min_size=CLASSES, max_size=CLASSES)),
        st.integers(0, CLASSES - 1),
        st.integers(0, CLASSES - 1),
    ),
    max_size=12,
)


def of_several(rows: Sequence[Row]) -> Outcomes:
    scores = np.array([row[1] for row in rows]).reshape(len(rows), CLASSES)
    series = np.array([[row[0]] for row in rows]).reshape(len(rows), 1)
    return judged(scores, [row[3] for row in rows], np.array([row[2] for row in rows]), series=series)


def of_two(rows: Sequence[Row]) -> Outcomes:
    events = outcomes(
        [row[2] % 2 for row in rows],
        [row[3] % 2 for row in rows],
        score=[row[1][0] for row in rows],
        series=np.array([[row[0]] for row in rows]).reshape(len(rows), 1),
        at=NOW - 1,
    )
    return replace(events, value=np.array([8 * row[1][1] for row in rows]))


def of_numbers(rows: Sequence[Row]) -> Outcomes:
    lower = np.array([row[1][0] for row in rows])
    series = np.array([row[0] for row in rows], dtype=np.int64)
    return numbers([row[2] - 0.5 for row in rows], [row[3] for row in rows], lower, lower + 1, series)


def of_rankings(rows: Sequence[Row]) -> Outcomes:
    """Rank up to three items, of which the predicted one is the first and the actual one relevant."""
    lists = [[f"{(row[2] + step) % 3}" for step in range(row[2] + 1)] for row in rows]
    relevant = [{f"{row[3]}": 1.0} if row[1][0] != 0 else {} for row in rows]
    return ranked(lists, relevant, RANKINGS, np.array([row[0] for row in rows], dtype=np.int64))


CASES = [
    pytest.param(tally, model, make, id=f"{tally.name}, {model.task}")
    for tally in TALLIES
    for model, make in ((SEVERAL, of_several), (TWO, of_two), (NUMBERS, of_numbers), (RANKINGS, of_rankings))
    if tally.takes(model)
]


def sums(tally: Tally, model: ModelSettings, events: Outcomes, weight: float = 1.0) -> Sums:
    contributed = tally.contribute(events, model)
    member = events.series[contributed.rows][:, 0]
    return Sums.fold(member * tally.bins + contributed.bins, contributed.values, weight)


def plain(found: Sums) -> dict[int, tuple[float, ...]]:
    """Return the cells that hold anything, with logarithms rounded to what is certain of them."""
    return {
        int(cell): tuple(np.round(values, 9).tolist())
        for cell, values in zip(found.cells, found.values, strict=True)
        if np.abs(values).max() > 1e-9
    }


@pytest.mark.parametrize(("tally", "model", "make"), CASES)
@settings(max_examples=20, deadline=None)
@given(first=ROWS, second=ROWS, third=ROWS)
def test_merging_commutes_is_associative_and_exchanges_with_folding(
    tally: Tally,
    model: ModelSettings,
    make: Callable[[Sequence[Row]], Outcomes],
    first: list[Row],
    second: list[Row],
    third: list[Row],
) -> None:
    one, two, three = (sums(tally, model, make(rows)) for rows in (first, second, third))
    assert plain(one.merge(two)) == plain(two.merge(one))
    assert plain(one.merge(two).merge(three)) == plain(one.merge(two.merge(three)))
    assert plain(one.merge(two).merge(three)) == plain(sums(tally, model, make(first + second + third)))


@pytest.mark.parametrize(("tally", "model", "make"), CASES)
@settings(max_examples=20, deadline=None)
@given(kept=ROWS, retracted=ROWS)
def test_taking_outcomes_back_undoes_folding_them(
    tally: Tally,
    model: ModelSettings,
    make: Callable[[Sequence[Row]], Outcomes],
    kept: list[Row],
    retracted: list[Row],
) -> None:
    everything = sums(tally, model, make(kept + retracted))
    taken_back = sums(tally, model, make(retracted), weight=-1.0)
    assert plain(everything.merge(taken_back)) == plain(sums(tally, model, make(kept)))


@pytest.mark.parametrize(("tally", "model", "make"), CASES)
@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_every_contribution_is_to_a_bin_that_the_model_has(
    tally: Tally, model: ModelSettings, make: Callable[[Sequence[Row]], Outcomes], rows: list[Row]
) -> None:
    contributed = tally.contribute(make(rows), model)
    assert ((contributed.bins >= 0) & (contributed.bins < tally.width_of(model))).all()
    assert np.isfinite(contributed.values).all()
    assert contributed.values.shape == (len(contributed.bins), len(tally.columns))
    assert tally.width_of(model) <= tally.bins


@settings(max_examples=30, deadline=None)
@given(rows=ROWS.filter(bool), actual=st.integers(0, CLASSES - 1))
def test_a_corrected_label_leaves_windows_as_if_it_had_been_right_at_once(rows: list[Row], actual: int) -> None:
    corrected = [(*rows[0][:3], actual), *rows[1:]]
    buckets = folded(of_several(rows), SEVERAL)
    buckets.correct_outcomes(of_several(rows[:1]), of_several(corrected[:1]), SEVERAL, NOW)
    found, expected = (
        window(made).statistics(np.arange(3), SEVERAL) for made in (buckets, folded(of_several(corrected), SEVERAL))
    )
    for name in expected:
        if name.split(".")[0] in {tally.name for tally in TALLIES if tally.takes(SEVERAL) and tally.windowed}:
            np.testing.assert_allclose(found[name], expected[name], atol=1e-9)


def test_the_past_rolled_up_into_coarser_buckets_says_the_same() -> None:
    random = np.random.default_rng(1)
    ages = random.uniform(0, 6000, 200)
    events = judged(random.dirichlet(np.ones(CLASSES), 200), random.integers(0, CLASSES, 200))
    buckets = folded(replace(events, label_time=NOW - ages, prediction_time=NOW - ages), SEVERAL)
    names = ("classes.correct", "confidence.score", "class_scores.positives", "multiclass.log_loss")
    later, week = NOW + 100_000, [Duration.parse("7d")]
    before, after = [], []
    for found in (before, after):
        found += [
            windows_at(buckets, week, "label", later)[0].statistics(np.array([0]), SEVERAL)[name] for name in names
        ]
        buckets.roll_up(later)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other)
        assert one.sum() > 0
