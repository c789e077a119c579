"""How many time series a configuration makes: counted before start, so that a limit is no surprise."""

from ml_exporter import catalogue
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.catalogue.drift import PREDICTION_FAMILIES, feature_families
from ml_exporter.catalogue.feed_state import LABEL_DELAY_EDGES
from ml_exporter.catalogue.serving import LATENCY_EDGES
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.tallies.predicted import PREDICTED, TALLIES
from ml_exporter.tallies.series import Budget

_STATUSES_EXPECTED = 2
_JUDGED_FAMILIES = 10
_FORESEEN_FAMILIES = 2
_FAMILIES_A_DETECTOR = 3
_FAMILIES_OF_ALL_TOGETHER = 2
_FAMILIES_AN_OBJECTIVE = 2
_PARTS_OF_A_HISTOGRAM = 3  # the +Inf bucket, the sum and the count


def budget(model: ModelSettings, monitoring: Monitoring) -> Budget:
    """Return how many time series a version and a slice of the model make, and how many it may have.

    They are all that it can show at once; the statuses of requests are an assumption, success and one other.
    """
    windows = len(monitoring.windows)
    return Budget(
        version=windows * _in_a_window(model, monitoring) + _once(model, monitoring),
        slice=windows * _of_a_slice_in_a_window(model, monitoring),
        limit=model.max_timeseries,
    )


def _in_a_window(model: ModelSettings, monitoring: Monitoring) -> int:
    outcomes, coverage = 1, 1
    slow = int(model.slow_request_seconds is not None)
    spreads = [spread for spread in _spreads(model, monitoring) if not spread.since_the_beginning]
    return (
        _values_and_bounds(model, monitoring, slices=False)
        + sum(spread.size(model) for spread in spreads)
        + _of_drift(model, monitoring)
        + (outcomes + coverage + slow + _STATUSES_EXPECTED)
    )


def _of_drift(model: ModelSettings, monitoring: Monitoring) -> int:
    families = [
        family
        for feature in model.features
        for family in feature_families(feature.kind, ranged=feature.range is not None)
    ]
    if any(tally.name in PREDICTED and tally.takes(model) for tally in TALLIES):
        families += PREDICTION_FAMILIES
    return sum(monitoring.exposes(family.name) for family in families)


def _once(model: ModelSettings, monitoring: Monitoring) -> int:
    """Return the time series that no window has: counters, histograms, the state of the join, verdicts."""
    predictions, labels, pending, newest = 1, 1, 1, 2
    assumed = int(model.missing_label is not None)
    histograms = len(LATENCY_EDGES) + len(LABEL_DELAY_EDGES) + 2 * _PARTS_OF_A_HISTOGRAM
    spreads = [spread for spread in _spreads(model, monitoring) if spread.since_the_beginning]
    coverage_by_age = len(monitoring.windows)
    return (
        (predictions + labels + pending + newest + assumed + _STATUSES_EXPECTED)
        + histograms
        + sum(spread.size(model) for spread in spreads)
        + coverage_by_age
        + _of_verdicts(model, monitoring)
    )


def _of_verdicts(model: ModelSettings, monitoring: Monitoring) -> int:
    objectives = _FAMILIES_AN_OBJECTIVE * len(model.objectives)
    if not monitoring.detection.enabled:
        return objectives
    anomaly_score = 0 if model.switches.anomaly_detection is False else 1
    detectors = {*monitoring.detection.detectors, *monitoring.detection.also_page}
    foreseen = _FORESEEN_FAMILIES
    if model.switches.predictive_alerting is False:
        detectors.discard("trend")
        foreseen = 0
    running = len(detectors)
    a_metric = _JUDGED_FAMILIES + foreseen + _FAMILIES_A_DETECTOR * running + _FAMILIES_OF_ALL_TOGETHER
    return objectives + anomaly_score + a_metric * len(model.judged_metrics)


def _of_a_slice_in_a_window(model: ModelSettings, monitoring: Monitoring) -> int:
    outcomes = 1
    spreads = [spread for spread in catalogue.spreads() if spread.sliced and spread.applies(model.task, model.offers)]
    return (
        _values_and_bounds(model, monitoring, slices=True)
        + sum(spread.size(model) for spread in spreads if monitoring.exposes(segment_family(spread.family).name))
        + outcomes
    )


def _spreads(model: ModelSettings, monitoring: Monitoring) -> list[catalogue.Spread]:
    """Return the spreads of a version that are exposed."""
    return [
        spread
        for spread in catalogue.spreads()
        if spread.applies(model.task, model.offers) and monitoring.exposes(spread.family.name)
    ]


def _values_and_bounds(model: ModelSettings, monitoring: Monitoring, *, slices: bool) -> int:
    """Return how many families show the metrics of a version, or of a slice."""
    metrics = [metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)]
    shown = (family for metric in metrics for family in metric.families())
    return sum(monitoring.exposes(family.name) for family in shown if ("segment_key" in family.labels) == slices)


def worst_case(model: ModelSettings, monitoring: Monitoring, versions: int = 1) -> int:
    """Return the time series of so many versions, with every segment key at its limit of values."""
    counted = budget(model, monitoring)
    slices = len(model.segments) * (model.max_segment_values + 1)
    return versions * (counted.version + slices * counted.slice)
