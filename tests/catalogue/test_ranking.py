"""Metrics of ranking models against scikit-learn and a plain loop, over the same rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from ml_exporter import catalogue
from ml_exporter.config import ModelSettings
from ml_exporter.events.tasks.ranking import K, relevances
from tests.catalogue.rankings import Items, Relevant, plain, ranked, ranking_model
from tests.catalogue.test_class_intervals import SERIES, coverage
from tests.catalogue.whole_path import estimate, samples, statistics, value

ITEMS = [f"film {number}" for number in range(30)]
NAMES = st.sampled_from(ITEMS[:8])
CASES = st.lists(
    st.tuples(
        st.lists(NAMES, max_size=8, unique=True),
        st.dictionaries(NAMES, st.sampled_from([0.5, 1.0, 3.0]), max_size=8),
    ),
    min_size=1,
    max_size=10,
)
"""Rows of items and what was relevant: empty lists, nothing relevant, more than was ranked come up by themselves."""


def random_rankings(rows: int, seed: int = 0) -> tuple[list[Items], list[Relevant]]:
    """Return lists of all items, and relevances that the order knows something of."""
    random = np.random.default_rng(seed)
    lists: list[Items] = []
    relevant: list[Relevant] = []
    for _ in range(rows):
        liking = random.normal(size=len(ITEMS))
        order = np.argsort(-(liking + random.normal(size=len(ITEMS))))
        lists.append([ITEMS[place] for place in order])
        liked = np.argsort(-liking)[: random.integers(0, 6)]
        relevant.append({ITEMS[place]: float(random.integers(1, 4)) for place in liked})
    return lists, relevant


@pytest.mark.parametrize("k", K)
def test_every_metric_equals_a_plain_loop(k: int) -> None:
    lists, relevant = random_rankings(200, seed=k)
    model = ranking_model(*K)
    events = ranked(lists, relevant, model)
    expected = plain(lists, relevant, k)
    assert {name: value(name, events, model) for name in expected} == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(CASES, st.sampled_from([(1,), (2, 5), (10,)]))
def test_every_metric_equals_a_plain_loop_on_degenerate_rows(
    rows: list[tuple[Items, Relevant]], chosen: tuple[int, ...]
) -> None:
    lists, relevant = [items for items, _ in rows], [wanted for _, wanted in rows]
    model = ranking_model(*chosen)
    events = ranked(lists, relevant, model)
    for k in chosen:
        expected = plain(lists, relevant, k)
        assert {name: value(name, events, model) for name in expected} == pytest.approx(expected, nan_ok=True)
    assert samples("ml_window_relevant_outcomes", events, model) == {(): sum(map(bool, relevant))}


@pytest.mark.parametrize("k", [1, 5, 20])
def test_ndcg_equals_scikit_learn(k: int) -> None:
    lists, relevant = random_rankings(300)
    wanted = [row for row, items in enumerate(relevant) if items]
    true = np.array([[relevant[row].get(item, 0.0) for item in ITEMS] for row in wanted])
    scores = np.array([[-float(lists[row].index(item)) for item in ITEMS] for row in wanted])
    model = ranking_model(k)
    assert value(f"ndcg_{k}", ranked(lists, relevant, model), model) == pytest.approx(ndcg_score(true, scores, k=k))


def test_the_ideal_order_is_1_and_nothing_found_is_0() -> None:
    model, wanted = ranking_model(3), {"a": 3.0, "b": 1.0, "c": 0.5}
    best, worst = ranked([["a", "b", "c"]], [wanted], model), ranked([["x", "y", "z"]], [wanted], model)
    for name in plain([], [], 3):
        assert value(name, best, model) == pytest.approx(1)
        assert value(name, worst, model) == 0


def test_without_outcomes_or_relevant_items_there_is_no_value() -> None:
    model = ranking_model(5)
    for events in (ranked([], [], model), ranked([["a"]], [{}], model)):
        for name in ("ndcg_5", "mean_average_precision_5", "ranking_recall_5"):
            found = estimate(name, events, model)
            assert np.isnan([found.value[0], found.lower[0], found.upper[0]]).all()
    assert np.isnan(value("hit_ratio_5", ranked([], [], model), model))
    assert value("hit_ratio_5", ranked([["a"]], [{}], model), model) == 0


def test_labels_with_very_many_relevant_items_are_looked_through_to_the_end() -> None:
    model = ranking_model(2)
    many = {f"item {number}": 1.0 for number in range(999)}
    lists = [["x", f"item {row}"] for row in range(60)]
    events = ranked(lists, [many] * 59 + [{"y": 1.0}], model)
    assert value("ranking_precision_2", events, model) == pytest.approx(59 / 120)


def test_intervals_hold_the_truth_about_95_times_of_100() -> None:
    k, rows = 5, 100
    model = ranking_model(k)
    lists, relevant = random_rankings(20_000, seed=3)
    truths = plain(lists, relevant, k)
    chosen = np.random.default_rng(4).integers(0, len(lists), SERIES * rows)
    events = ranked(
        [lists[row] for row in chosen], [relevant[row] for row in chosen], model, np.repeat(np.arange(SERIES), rows)
    )
    found = statistics(events, model, SERIES)
    for metric_id, truth in truths.items():
        assert 0.925 <= coverage(metric_id, found, "ranking", truth) <= 0.975, metric_id


def test_ndcg_at_the_largest_k_is_judged_and_stands_for_the_model() -> None:
    model = ranking_model(20, 1, 5)
    assert "ndcg_20" in model.judged_metrics
    assert not {"ndcg_1", "ndcg_5", "hit_ratio_20"} & set(model.judged_metrics)
    own = [metric for metric in catalogue.metrics() if metric.applies("ranking", model.offers)]
    assert next(metric.id for metric in own if metric.headline) == "ndcg_20"
    assert {metric.id for metric in own if metric.id.startswith("ndcg")} == {"ndcg_20", "ndcg_5", "ndcg_1"}


@pytest.mark.parametrize(
    ("k", "said"),
    [([], "is empty; write how many"), ([4], "4 is no k that is kept; choose from 1, 2, 3, 5, 10, 20, 50, 100")],
)
def test_only_a_k_that_is_kept_can_be_chosen(k: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ModelSettings.model_validate({"name": "films", "task": "ranking", "k": k})


@pytest.mark.parametrize(
    "text",
    ["cat", "1", "null", "[]", '["a"]', '{"a":"1"}', '{"a":0}', '{"a":-1}', '{"a":1e7}', '{"a":NaN}', '{"a":{}}'],
)
def test_what_is_no_relevance_means_nothing(text: str) -> None:
    assert relevances(text) is None
