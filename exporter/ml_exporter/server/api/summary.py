"""Summaries: count, mean, median, spread and percentiles of the values that a metric took in a window."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from ml_exporter.server.api import choosing
from ml_exporter.server.api.resource import Resource, computed
from ml_exporter.snapshot import Snapshot, spans_of, tallies_of, time_series

_MOST_SPANS = 3_000
_MOST_VALUES = 300_000
"""Of all series of an answer together."""


class MetricSummary(msgspec.Struct):
    """What a metric did in a window: of the values that it took in its buckets, each bucket alike."""

    model_name: str
    model_version: str
    segment_key: str | None
    segment_value: str | None
    metric: str
    step: Annotated[float, Meta(description="How wide the buckets are, seconds.")]
    events: Annotated[float, Meta(description="How many outcomes, or requests, the values rest on.")]
    count: Annotated[int, Meta(description="How many buckets have a value. The rest is null where none has.")]
    mean: float | None = None
    median: float | None = None
    std: Annotated[float | None, Meta(description="Standard deviation of the population.")] = None
    min: float | None = None
    max: float | None = None
    p95: float | None = None
    p99: float | None = None


class SummaryAnswer(msgspec.Struct):
    """Summaries of metrics."""

    at: Annotated[float, Meta(description="Where the window ends, seconds since the epoch.")]
    window: str
    summaries: list[MetricSummary]


def statistics_of(values: NDArray[np.float64]) -> dict[str, float]:
    """Return mean, median, std, min, max, p95 and p99 of values, of which there must be one."""
    median, p95, p99 = np.quantile(values, [0.5, 0.95, 0.99]).tolist()
    return {
        "mean": float(values.mean()),
        "median": median,
        "std": float(values.std()),
        "min": float(values.min()),
        "max": float(values.max()),
        "p95": p95,
        "p99": p99,
    }


def _answer(snapshot: Snapshot, given: Mapping[str, str]) -> object:
    observation = snapshot.observation
    text, window = choosing.window(observation.monitoring, given)
    chosen = list(choosing.choose(observation, given))
    most = max(1, min(_MOST_SPANS, _MOST_VALUES // max(1, sum(len(one.series) for one in chosen))))
    summaries: list[MetricSummary] = []
    for one in chosen:
        tallies = tallies_of(one.metric, observation.windows[0], one.model)
        spans = spans_of(observation, tallies, window, None, most)
        found = time_series(observation, one.metric, one.model, [code for code, _ in one.series], spans)
        ended = spans.starts + spans.step <= observation.at
        for row, (_, key) in enumerate(one.series):
            values = found.value[row][ended]
            values = values[~np.isnan(values)]
            summaries.append(
                MetricSummary(
                    key.model,
                    key.version,
                    key.segment_key,
                    key.segment_value,
                    one.metric.id,
                    spans.step,
                    float(found.events[row][ended].sum()),
                    len(values),
                    **(statistics_of(values) if len(values) else {}),
                )
            )
    return SummaryAnswer(snapshot.at, text, summaries)


RESOURCE = Resource(
    path="summary",
    about="Count, mean, median, standard deviation, minimum, maximum, 95th and 99th percentile of the values that a"
    " metric took in the buckets of a window that have ended. Each bucket counts alike, however many outcomes it"
    " holds; what the metric is over the whole window stands in /metrics.",
    parameters={
        "metric": choosing.metric_parameter(
            "Only of this metric id. By default of each model's headline and its objectives.", required=False
        ),
        "model_name": choosing.MODEL_NAME,
        "model_version": choosing.MODEL_VERSION,
        "segment_key": choosing.SEGMENT_KEY,
        "segment_value": choosing.SEGMENT_VALUE,
        "window": choosing.WINDOW,
    },
    answers=SummaryAnswer,
    handle=computed("summary", _answer),
    failures={404: "There is no such model, or none that has the metric."},
)
