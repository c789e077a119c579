"""Series: a metric over time, from the ledger's own buckets."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from ml_exporter.server.api import choosing
from ml_exporter.server.api.resource import Resource, computed
from ml_exporter.snapshot import Snapshot, spans_of, tallies_of, time_series

_DEFAULT_SPANS = 300
_MOST_SPANS = 5_000
_MOST_POINTS = 50_000
"""Of all series of an answer together, and that is some 2 MB."""

Column = list[float | None]


class OneSeries(msgspec.Struct):
    """A metric of one series over time, as columns with an entry for each span; null: no value there."""

    model_name: str
    model_version: str
    segment_key: str | None
    segment_value: str | None
    step: Annotated[float, Meta(description="How wide a span is, seconds.")]
    start: Annotated[list[float], Meta(description="Where each span starts, seconds since the epoch.")]
    value: Column
    lower: Annotated[Column, Meta(description="Lower bound of the 95 % interval, where the metric has one.")]
    upper: Annotated[Column, Meta(description="Upper bound.")]
    events: Annotated[list[float], Meta(description="How many outcomes, or requests, each value rests on.")]


class SeriesAnswer(msgspec.Struct):
    """A metric over time."""

    at: Annotated[float, Meta(description="Where the last span stands open, seconds since the epoch.")]
    metric: str
    window: str
    series: list[OneSeries]


def _answer(snapshot: Snapshot, given: Mapping[str, str]) -> object:
    observation = snapshot.observation
    text, window = choosing.window(observation.monitoring, given)
    wanted = choosing.seconds(given, "step")
    chosen = list(choosing.choose(observation, given))
    count = sum(len(one.series) for one in chosen)
    most = max(1, min(_MOST_SPANS if wanted else _DEFAULT_SPANS, _MOST_POINTS // max(1, count)))
    step = None if wanted is None else max(wanted, window / most)
    found: list[OneSeries] = []
    for one in chosen:
        spans = spans_of(observation, tallies_of(one.metric, observation.windows[0], one.model), window, step, most)
        codes = [code for code, _ in one.series]
        over_time = time_series(observation, one.metric, one.model, codes, spans)
        for row, (_, key) in enumerate(one.series):
            found.append(
                OneSeries(
                    key.model,
                    key.version,
                    key.segment_key,
                    key.segment_value,
                    spans.step,
                    spans.starts.tolist(),
                    over_time.value[row].tolist(),
                    over_time.lower[row].tolist(),
                    over_time.upper[row].tolist(),
                    over_time.events[row].tolist(),
                )
            )
    return SeriesAnswer(snapshot.at, given["metric"], text, found)


RESOURCE = Resource(
    path="series",
    about="A metric over time, with its interval and what each value rests on, from the ledger's own buckets. The"
    " windows of outcomes follow `window_by`. The last span stands open: it fills until it ends.",
    parameters={
        "metric": choosing.metric_parameter("The metric id.", required=True),
        "model_name": choosing.MODEL_NAME,
        "model_version": choosing.MODEL_VERSION,
        "segment_key": choosing.SEGMENT_KEY,
        "segment_value": choosing.SEGMENT_VALUE,
        "window": choosing.WINDOW,
        "step": choosing.STEP,
    },
    answers=SeriesAnswer,
    handle=computed("series", _answer),
    failures={404: "There is no such model, or none that has the metric."},
)
