"""The catalogue as a whole: what an id promises to everybody who reads it."""

from collections import defaultdict

import pytest

from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.events import tasks


def by_id() -> dict[str, list[Metric]]:
    found = defaultdict(list)
    for metric in catalogue.metrics():
        found[metric.id].append(metric)
    return found


def test_a_model_has_each_metric_once() -> None:
    everything = frozenset(need for metric in catalogue.metrics() for need in metric.needs)
    for task in tasks():
        ids = [metric.id for metric in catalogue.metrics() if metric.applies(task, everything)]
        assert len(ids) == len(set(ids)), task


@pytest.mark.parametrize("field", ["title", "family", "clock", "direction", "fixed_labels", "model_labels", "headline"])
def test_what_belongs_to_an_id_is_the_same_for_every_task(field: str) -> None:
    for metric_id, entries in by_id().items():
        assert all(getattr(entry, field) == getattr(entries[0], field) for entry in entries), metric_id


def test_every_task_with_classes_has_accuracy_as_its_headline() -> None:
    for task in ("binary", "multiclass"):
        assert catalogue.metric("accuracy", task).headline
        assert catalogue.metric("accuracy", task).tasks == {task}


def test_a_metric_that_a_task_does_not_have_is_not_found() -> None:
    assert catalogue.metric("precision").id == "precision"
    with pytest.raises(KeyError):
        catalogue.metric("precision", "multiclass")
    with pytest.raises(KeyError):
        catalogue.metric("no_such_metric")


def test_two_metrics_of_one_family_differ_in_their_labels() -> None:
    labelled = {(entries[0].family.name, *entries[0].fixed_labels.items()) for entries in by_id().values()}
    assert len(labelled) == len(by_id())


def test_every_family_has_one_meaning() -> None:
    seen = {}
    for entry in (*catalogue.metrics(), *catalogue.spreads()):
        for family in entry.families():
            assert seen.setdefault(family.name, family) == family, family.name


def test_the_labels_of_a_metric_are_those_of_its_family() -> None:
    for metric in catalogue.metrics():
        own = (*metric.fixed_labels, *metric.model_labels)
        assert metric.family.labels == (*catalogue.series_labels(), *own), metric.id


def test_every_metric_says_how_it_is_computed_by_whom_and_what_to_do_when_it_moves() -> None:
    for metric in catalogue.metrics():
        assert metric.formula, metric.id
        assert metric.source, metric.id
        assert metric.advice, metric.id
