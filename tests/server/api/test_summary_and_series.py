"""/api/v1/summary and /api/v1/series: numbers against a plain loop, and parameters that cannot be used."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from tests.pipeline.in_process import InProcess, label, monitoring, prediction
from tests.server.serving import serving

_BEGIN = 1_700_006_400.0
_MINUTES = 30


def right_in(minute: int) -> int:
    """Return how many of a minute's ten outcomes are right."""
    return 10 - minute * 7 % 5


@pytest.fixture(scope="module", name="client")
def _client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    models = (
        {"name": "fraud", "task": "binary", "segments": ["country"], "objectives": {"prediction_latency_p99": 1}},
        {"name": "prices", "task": "regression"},
    )
    exporter = InProcess(tmp_path_factory.mktemp("store"), monitoring(*models, windows=["10m", "1h", "7d"]), _BEGIN)
    for minute in range(_MINUTES):
        at = _BEGIN + 60 * minute
        exporter.at = at + 59
        names = [f"{minute}-{number}" for number in range(10)]
        exporter.predict(
            *(prediction(name, timestamp=at, segment={"country": "DE"}, latency_seconds=0.1) for name in names)
        )
        exporter.label(
            *(label(name, int(number < right_in(minute)), timestamp=at) for number, name in enumerate(names))
        )
    exporter.at = _BEGIN + 60 * _MINUTES + 10
    with serving() as running:
        running.holder.snapshot = exporter.snapshot()
        exporter.close()
        with httpx.Client(base_url=f"{running.url}/api/v1") as client:
            yield client


def test_a_summary_describes_the_values_of_the_buckets(client: httpx.Client) -> None:
    answer = client.get("/summary", params={"model_name": "fraud", "metric": "accuracy", "window": "20m"}).json()
    (summary,) = answer["summaries"]
    values = [right_in(minute) / 10 for minute in range(11, _MINUTES)]  # the window begins within minute 10
    assert (summary["count"], summary["events"], summary["step"]) == (len(values), 10 * len(values), 60)
    assert (summary["model_name"], summary["model_version"], summary["segment_key"]) == ("fraud", "v1", None)
    for name, value in {
        "mean": np.mean(values),
        "median": np.median(values),
        "std": np.std(values),
        "min": min(values),
        "max": max(values),
        "p95": np.percentile(values, 95),
        "p99": np.percentile(values, 99),
    }.items():
        assert summary[name] == pytest.approx(value), name


def test_without_parameters_there_are_the_headline_and_the_objectives_of_each_model(client: httpx.Client) -> None:
    answer = client.get("/summary").json()
    assert answer["window"] == "1h"
    assert [(one["model_name"], one["metric"]) for one in answer["summaries"]] == [
        ("fraud", "accuracy"),
        ("fraud", "prediction_latency_p99"),
    ]
    assert answer["summaries"][1]["p99"] == pytest.approx(0.1, rel=0.01)


def test_a_series_has_each_span_with_its_interval_and_what_it_rests_on(client: httpx.Client) -> None:
    answer = client.get("/series", params={"metric": "accuracy", "window": "20m"}).json()
    assert answer["at"] == _BEGIN + 60 * _MINUTES + 10
    (series,) = answer["series"]
    assert series["start"] == [_BEGIN + 60 * minute for minute in range(11, _MINUTES + 1)]
    assert series["events"] == [10.0] * 19 + [0.0]
    assert series["value"][:-1] == pytest.approx([right_in(minute) / 10 for minute in range(11, _MINUTES)])
    assert series["value"][-1] is None, "nothing in the open one yet"
    assert series["lower"][0] < series["value"][0] < series["upper"][0]


def test_a_step_puts_buckets_together(client: httpx.Client) -> None:
    answer = client.get("/series", params={"metric": "accuracy", "window": "25m", "step": "10m"}).json()
    (series,) = answer["series"]
    assert series["step"] == 600
    means = [np.mean([right_in(minute) / 10 for minute in range(first, first + 10)]) for first in (10, 20)]
    assert series["value"][:2] == pytest.approx(means)


def test_slices_are_there_for_who_asks(client: httpx.Client) -> None:
    for chosen in ({"segment_key": "country"}, {"segment_value": "DE"}):
        (series,) = client.get("/series", params={"metric": "accuracy", **chosen}).json()["series"]
        assert (series["segment_key"], series["segment_value"]) == ("country", "DE")
    assert client.get("/series", params={"metric": "accuracy", "segment_value": "XX"}).json()["series"] == []
    assert client.get("/series", params={"metric": "accuracy", "model_version": "v2"}).json()["series"] == []


def test_however_small_the_step_an_answer_has_its_limits(client: httpx.Client) -> None:
    answer = client.get("/series", params={"metric": "accuracy", "window": "9999d", "step": "1s"})
    (series,) = answer.json()["series"]
    assert len(series["start"]) <= 5_000


@pytest.mark.parametrize(
    ("path", "parameters", "status", "error"),
    [
        ("series", {}, 400, "metric is missing; the metric id."),
        ("series", {"metric": "acuracy"}, 400, "metric: there is no 'acuracy'; did you mean 'accuracy'?"),
        (
            "series",
            {"metric": "accuracy", "model_name": "frod"},
            404,
            "there is no model 'frod'; did you mean 'fraud'?",
        ),
        ("summary", {"model_name": "prices", "metric": "accuracy"}, 404, "model 'prices' has no metric 'accuracy'"),
        ("summary", {"metric": "ndcg_10"}, 404, "no configured model has the metric 'ndcg_10'"),
        ("summary", {"window": "a day"}, 400, "window: 'a day' is no duration; write a number and one of s, m, h, d"),
        ("series", {"metric": "accuracy", "step": "0m"}, 400, "step: '0m' is no duration"),
        ("summary", {"windows": "1h"}, 400, "there is no parameter 'windows'; this resource takes: metric,"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_remedy(
    client: httpx.Client, path: str, parameters: dict[str, str], status: int, error: str
) -> None:
    answer = client.get(f"/{path}", params=parameters)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(error)


def test_a_parameter_given_twice_is_refused(client: httpx.Client) -> None:
    answer = client.get("/summary?window=1h&window=2h")
    assert (answer.status_code, answer.json()["error"]) == (400, "window is given twice; give it once")


def test_an_answer_is_compressed_for_who_takes_it(client: httpx.Client) -> None:
    parameters = {"metric": "accuracy", "window": "1h"}
    plain = client.get("/series", params=parameters, headers={"Accept-Encoding": "identity"})
    packed = client.get("/series", params=parameters, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_the_description_names_every_resource_with_its_parameters(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    assert {"/summary", "/series", "/verdicts", "/openapi.json"} <= set(described["paths"])
    (metric, *_) = described["paths"]["/series"]["get"]["parameters"]
    assert (metric["name"], metric["required"]) == ("metric", True)
    assert "accuracy" in metric["schema"]["enum"]
    answers: Any = described["components"]["schemas"]["MetricSummary"]["properties"]
    assert {"count", "mean", "median", "std", "min", "max", "p95", "p99"} <= set(answers)
    assert "NaN" not in json.dumps(described)


def test_before_the_first_snapshot_there_is_no_answer_yet() -> None:
    with serving(text=None) as running:
        answer = httpx.get(f"{running.url}/api/v1/summary")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
