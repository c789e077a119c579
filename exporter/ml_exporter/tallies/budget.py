"""How many time series a configuration makes: counted before start, so that a limit is no surprise."""

from collections.abc import Sequence

from ml_exporter import catalogue
from ml_exporter.catalogue.definition import segment_family
from ml_exporter.catalogue.drift import FEATURE_FAMILIES, PREDICTION_FAMILIES
from ml_exporter.catalogue.feed_state import LABEL_DELAY_EDGES
from ml_exporter.catalogue.serving import LATENCY_EDGES
from ml_exporter.config import ModelSettings, Monitoring
from ml_exporter.tallies.series import Budget

_STATUSES_EXPECTED = 2
_JUDGED_FAMILIES = 12
_FAMILIES_A_DETECTOR = 3
_PARTS_OF_A_HISTOGRAM = 3  # the +Inf bucket, the sum and the count


def budget(model: ModelSettings, monitoring: Monitoring) -> Budget:
    """Return how many time series a version and a slice of the model make, and how many it may have."""
    windows = len(monitoring.windows)
    metrics = [metric for metric in catalogue.metrics() if metric.applies(model.task, model.offers)]
    spreads = [spread for spread in catalogue.spreads() if spread.applies(model.task, model.offers)]
    families = _exposed(monitoring, metrics, slices=False)
    sizes = [(spread.size(model), spread) for spread in spreads if monitoring.exposes(spread.family.name)]
    counted = sum(size for size, spread in sizes if spread.since_the_beginning)
    gauges = families + sum(size for size, _ in sizes) - counted + _STATUSES_EXPECTED
    gauges += len(model.features) * len(FEATURE_FAMILIES) + len(PREDICTION_FAMILIES)
    outcomes, coverage, slow = 1, 1, 1
    histograms = len(LATENCY_EDGES) + len(LABEL_DELAY_EDGES) + 2 * _PARTS_OF_A_HISTOGRAM
    counters = counted + _STATUSES_EXPECTED + 2
    pending, newest, ages = 1, 2, windows
    judged = 2 * len(model.objectives)
    if monitoring.detection.enabled:
        running = len({*monitoring.detection.detectors, *monitoring.detection.also_page})
        judged += 1 + len(model.judged_metrics) * (_JUDGED_FAMILIES + _FAMILIES_A_DETECTOR * (running + 1))
    sliced = _exposed(monitoring, metrics, slices=True)
    sliced += sum(
        spread.size(model)
        for spread in spreads
        if spread.sliced and monitoring.exposes(segment_family(spread.family).name)
    )
    return Budget(
        version=windows * (gauges + outcomes + coverage + slow)
        + (histograms + counters + pending + newest + ages + judged),
        slice=windows * (sliced + outcomes),
        limit=model.max_timeseries,
    )


def _exposed(monitoring: Monitoring, metrics: Sequence[catalogue.Metric], *, slices: bool) -> int:
    """Return how many families show the metrics of a version, or of a slice: values and bounds."""
    shown = (family for metric in metrics for family in metric.families())
    return sum(monitoring.exposes(family.name) for family in shown if ("segment_key" in family.labels) == slices)


def worst_case(model: ModelSettings, monitoring: Monitoring, versions: int = 1) -> int:
    """Return the time series of so many versions, with every segment key at its limit of values."""
    counted = budget(model, monitoring)
    slices = len(model.segments) * (model.max_segment_values + 1)
    return versions * (counted.version + slices * counted.slice)
