"""Request and response of an inference become predictions, whatever their protocol."""

import json
from typing import Any

import numpy as np
import pytest

from ml_exporter.events import FeatureColumn
from ml_exporter.feeds.receiving import BadBody, Body, Receipt, Rights, TooLarge, UnsupportedBody
from tests.feeds.builders import NOW, ids
from tests.feeds.inference_log.logger import Logger, kserve, seldon


def numbers(column: FeatureColumn) -> list[Any]:
    """Return the values of a feature."""
    return list(column.numbers)


def test_kserves_v1_request_and_response_are_one_prediction_with_features_and_latency() -> None:
    logger = Logger({"inputs": ["amount", "age"]})
    logger.send(kserve("request", "tx-1", NOW - 10), {"instances": [[12.5, 40]]})
    logger.send(kserve("response", "tx-1", NOW - 9.75), {"predictions": [1]})
    made = logger.predictions()
    assert ids(made) == ["tx-1"]
    assert made.model.texts() == ["fraud"]
    assert made.version.texts() == ["unversioned"]
    assert made.timestamp.tolist() == pytest.approx([NOW - 10], abs=1e-5)
    assert made.latency.tolist() == pytest.approx([0.25], abs=1e-5)
    assert made.payload[:, 0].tolist() == [1]
    assert numbers(made.features["amount"]) == [12.5]
    assert logger.answers == {"tx-1": Receipt(1, 0, 0, [])}


def test_the_rows_of_an_inference_have_its_id_and_their_number() -> None:
    logger = Logger()
    rows = [{"amount": 1.0, "country": "DE"}, {"amount": 2.0}, {"country": "FR"}]
    logger.send(kserve("request", "many"), {"instances": rows})
    logger.send(kserve("response", "many"), {"predictions": [0, 1, 0]})
    made = logger.predictions()
    assert ids(made) == ["many/0", "many/1", "many/2"]
    assert made.segments["country"].texts() == ["DE", "__missing__", "FR"]
    assert np.array_equal(numbers(made.features["amount"]), [1.0, 2.0, np.nan], equal_nan=True)
    assert made.payload[:, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize("nested", [False, True])
def test_the_tensors_of_the_open_inference_protocol(nested: bool) -> None:
    logger = Logger(
        {
            "inputs": ["length", "width"],
            "outputs": {"scores.setosa": "proba.0", "scores.versicolor": "proba.1", "scores.virginica": "proba.2"},
            "services": {"iris-v2": "iris"},
        }
    )
    asked = [[5.1, 3.5], [6.2, 2.9]] if nested else [5.1, 3.5, 6.2, 2.9]
    probabilities = [0.7, 0.2, 0.1, 0.1, 0.3, 0.6]
    request = {
        "id": "abc",
        "inputs": [{"name": "input-0", "shape": [2, 2], "datatype": "FP32", "data": asked}],
    }
    response = {
        "model_name": "iris-model",
        "model_version": "7",
        "id": "abc",
        "outputs": [{"name": "proba", "shape": [2, 3], "datatype": "FP64", "data": probabilities}],
    }
    logger.send(kserve("request", "e1", inferenceservicename="iris-v2"), request)
    logger.send(kserve("response", "e1", inferenceservicename="iris-v2"), response)
    made = logger.predictions()
    assert (made.model.texts(), made.version.texts()) == (["iris"] * 2, ["7"] * 2)
    assert ids(made) == ["e1/0", "e1/1"]
    assert [numbers(made.features[name]) for name in ("length", "width")] == [[5.1, 6.2], [3.5, 2.9]]
    assert np.allclose(made.payload[:, 1:4], np.reshape(probabilities, (2, 3)))
    assert made.payload[:, 0].tolist() == [0, 2], "the most probable class"


def test_named_tensors_of_one_column_are_features_and_the_id_may_be_one_of_them() -> None:
    logger = Logger({"outputs": {"score": "probability"}, "id_input": "transaction"})
    request = {
        "inputs": [
            {"name": "transaction", "shape": [2, 1], "datatype": "BYTES", "data": ["t-9", "t-10"]},
            {"name": "amount", "shape": [2], "datatype": "FP64", "data": [3.5, 4.5]},
            {"name": "country", "shape": [2, 1], "datatype": "BYTES", "data": [["DE"], ["FR"]]},
        ]
    }
    response = {"outputs": [{"name": "probability", "shape": [2, 1], "datatype": "FP64", "data": [0.9, 0.2]}]}
    logger.send(kserve("request", "e1"), request)
    logger.send(kserve("response", "e1"), response)
    made = logger.predictions()
    assert ids(made) == ["t-9", "t-10"]
    assert made.payload[:, 1].tolist() == [0.9, 0.2]
    assert made.segments["country"].texts() == ["DE", "FR"]


def test_the_id_may_be_that_of_the_payload() -> None:
    logger = Logger({"id_from": "payload", "requests": False})
    response = {"id": "mine", "outputs": [{"name": "y", "shape": [1], "datatype": "INT64", "data": [1]}]}
    logger.send(kserve("response", "theirs"), response)
    assert ids(logger.predictions()) == ["mine"]


@pytest.mark.parametrize(
    ("request_data", "response_data"),
    [
        (
            {"data": {"names": ["amount", "age"], "ndarray": [[3.5, 40], [4.5, 50]]}},
            {"data": {"names": ["t:0", "t:1"], "ndarray": [[0.1, 0.9], [0.8, 0.2]]}, "meta": {}},
        ),
        (
            {"data": {"names": ["amount", "age"], "tensor": {"shape": [2, 2], "values": [3.5, 40, 4.5, 50]}}},
            {"data": {"names": ["t:0", "t:1"], "tensor": {"shape": [2, 2], "values": [0.1, 0.9, 0.8, 0.2]}}},
        ),
    ],
)
def test_seldons_events_are_joined_by_the_id_of_the_request(request_data: object, response_data: object) -> None:
    logger = Logger({"outputs": {"score": "t:1"}})
    logger.send(seldon("request", "r-1"), request_data)
    logger.send(
        seldon("response", "r-1", traceparent="00-64564c191d5294dc3c5e578fe70b1bd8-cca0ca20e93e2036-00"), response_data
    )
    made = logger.predictions()
    assert ids(made) == ["r-1/0", "r-1/1"]
    assert made.version.texts() == ["canary"] * 2
    assert made.payload[:, 1].tolist() == [0.9, 0.2]
    assert numbers(made.features["amount"]) == [3.5, 4.5]
    assert made.trace_id.tolist() == ["64564c191d5294dc3c5e578fe70b1bd8"] * 2


def test_events_as_json_alone_and_in_batches() -> None:
    logger = Logger()

    def event(kind: str, identifier: str, **members: object) -> dict[str, object]:
        headers = kserve(kind, identifier)
        return {name.removeprefix("ce-"): value for name, value in headers.items() if name.startswith("ce-")} | members

    encoded = "eyJwcmVkaWN0aW9ucyI6WzBdfQ=="  # {"predictions":[0]}
    batch = [
        event("request", "a", data={"instances": [{"amount": 7}]}),
        event("response", "a", data={"predictions": [1]}),
        event("response", "b", data_base64=encoded),
        event("request", "b", data=json.dumps({"instances": [{"amount": 8}]})),
        "no object",
        event("request", "c", data_base64="###"),
        event("explanation", "d"),
        event("response", "", data={"predictions": [1]}),
        event("response", "e", data="nonsense"),
        event("request", "e", data={"instances": [1]}),
    ]
    logger.send({"content-type": "application/cloudevents-batch+json"}, batch)
    read = logger.read()
    assert read is not None
    assert ids(read.events) == ["a", "b"]  # type: ignore[arg-type]
    assert numbers(read.events.features["amount"]) == [7, 8]  # type: ignore[union-attr]
    assert len(read.rejections) == 5
    answer = logger.answers["all"]
    assert answer is not None
    assert (answer.accepted, answer.duplicate, answer.rejected) == (5, 0, 5)
    assert sorted(refused.index for refused in answer.rejections) == [4, 5, 6, 7, 8]
    logger.send({"content-type": "application/cloudevents+json"}, event("request", "x", data={"instances": [1]}))
    logger.send(kserve("response", "x"), {"predictions": [1]})
    assert ids(logger.predictions()) == ["x"]


@pytest.mark.parametrize(
    ("content_type", "content", "problem"),
    [
        ("application/cloudevents+json", b"[]", BadBody),
        ("application/cloudevents+json", b"{", BadBody),
        ("application/cloudevents-batch+json", b"{}", BadBody),
        ("application/cloudevents-batch+json", b"[1,2,3]", TooLarge),
        ("application/json", b"{}", UnsupportedBody),
    ],
)
def test_what_is_no_cloud_event_is_refused_as_a_whole(
    content_type: str, content: bytes, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        Logger({"max_request_events": 2}).send({"content-type": content_type}, content)


def test_a_response_that_comes_first_waits_for_its_request() -> None:
    logger = Logger()
    logger.send(kserve("response", "tx-1"), {"predictions": [1]})
    assert logger.read() is None
    assert logger.answers == {}, "it is not durable"
    logger.send(kserve("request", "tx-1"), {"instances": [{"amount": 3}]})
    assert numbers(logger.predictions().features["amount"]) == [3]
    assert logger.answers["tx-1"] == Receipt(1, 0, 0, [])


def test_a_response_whose_request_does_not_come_counts_without_it() -> None:
    logger = Logger({"request_within": "2s"})
    logger.send(kserve("response", "tx-1"), {"predictions": [1]})
    assert logger.read() is None
    logger.later(2)
    made = logger.predictions()
    assert ids(made) == ["tx-1"]
    assert np.isnan(made.latency).all()
    assert logger.answers["tx-1"] == Receipt(1, 0, 0, [])


def test_where_requests_are_not_logged_no_response_waits() -> None:
    logger = Logger({"requests": False})
    logger.send(kserve("response", "tx-1"), {"predictions": [1]})
    assert ids(logger.predictions()) == ["tx-1"]


def test_a_request_whose_response_does_not_come_is_rejected_and_told() -> None:
    logger = Logger({"response_within": "1m"})
    logger.send(kserve("request", "tx-1"), {"instances": [1]})
    assert logger.read() is None
    assert logger.answers["tx-1"] == Receipt(1, 0, 0, []), "it is worth nothing by itself, and need not come again"
    logger.later(60)
    batch = logger.read()
    assert batch is not None
    (rejection,) = batch.rejections
    assert rejection.reason == "missing_field"
    assert rejection.detail.startswith("no response to the request came within 1m")
    assert rejection.place == "/api/v1/cloudevents from somewhere, event 0"


@pytest.mark.parametrize("limit", [{"max_waiting_requests": 3}, {"max_waiting_bytes": 1200, "inputs": ["amount"]}])
def test_requests_that_wait_are_bounded_in_number_and_bytes(limit: dict[str, Any]) -> None:
    logger = Logger(limit)
    for row in range(10):
        logger.send(kserve("request", f"tx-{row}"), b'{"instances": [{"amount": 1}]}' + b" " * 370)
    batch = logger.read()
    assert batch is not None
    assert len(batch.rejections) == 7
    for row in range(10):
        logger.send(kserve("response", f"tx-{row}"), {"predictions": [1]})
    assert ids(logger.predictions()) == ["tx-7", "tx-8", "tx-9"]
    logger.later(2)
    assert ids(logger.predictions()) == [f"tx-{row}" for row in range(7)]


def test_what_a_sender_repeats_is_answered_each_time() -> None:
    logger = Logger()
    for _ in range(2):
        logger.send(kserve("request", "tx-1"), {"instances": [{"amount": 3}]})
    logger.send(kserve("response", "tx-1"), {"predictions": [1]})
    assert ids(logger.predictions()) == ["tx-1"]
    answered: list[Receipt | None] = []
    for _ in range(2):
        content = json.dumps({"predictions": [1]}).encode()
        headers = kserve("response", "tx-1")
        events = logger.feed.inbox.understand(Body("", headers, content), Rights())
        logger.feed.inbox.admit().deliver(events, "somewhere", answered.append)
    assert ids(logger.predictions()) == ["tx-1"]
    logger.later(2)
    assert ids(logger.predictions()) == ["tx-1"]
    assert answered == [Receipt(1, 0, 0, [])] * 2


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"<html>", "the body of the inference is no JSON"),
        ([1], "the body of the inference is no JSON object"),
        ({"error": "boom"}, "has neither 'outputs' (v2), 'predictions' (V1) nor 'data' (Seldon)"),
        ({"predictions": [[1, 2], [3]]}, "the rows of 'predictions' have different lengths"),
        ({"predictions": [[1], {"a": 1}]}, "the rows of 'predictions' are of different kinds"),
        ({"predictions": [[0.1, 0.9]]}, "several outputs (predictions.0, predictions.1); say in the feed's `outputs`"),
        ({"outputs": [{"name": "y", "shape": [2], "data": [1]}]}, "'y' has 1 values, and its shape says 2"),
        (
            {"outputs": [{"name": "y", "shape": [1], "parameters": {"binary_data_size": 8}}]},
            "binary tensors are not read",
        ),
        ({"outputs": [{"name": "y", "data": [1]}]}, "the tensor 'y' has no shape"),
        ({"outputs": [{"data": [1]}]}, "a tensor has no name"),
        (
            {"outputs": [{"name": "y", "shape": [1], "data": [1]}, {"name": "z", "shape": [2], "data": [1, 2]}]},
            "the tensors have different numbers of rows (y: 1, z: 2)",
        ),
        ({"data": {"strData": "x"}}, "neither 'ndarray' nor 'tensor'"),
        ({"predictions": [1] * 20_001}, "20001 rows; send at most 20000"),
    ],
)
def test_a_response_that_cannot_be_read_is_rejected_with_what_to_do(data: object, detail: str) -> None:
    logger = Logger({"requests": False})
    logger.send(kserve("response", "bad"), data)
    logger.send(kserve("response", "good"), {"predictions": [1]})
    batch = logger.read()
    assert batch is not None
    assert ids(batch.events) == ["good"]  # type: ignore[arg-type]
    assert [rejection.reason for rejection in batch.rejections] == ["malformed"]
    assert detail in batch.rejections[0].detail
    answer = logger.answers["bad"]
    assert answer is not None
    assert (answer.accepted, answer.rejected) == (0, 1)


@pytest.mark.parametrize("asked", [b"<html>", {"instances": [{"amount": 1}, {"amount": 2}]}])
def test_a_request_that_cannot_be_read_costs_the_prediction_its_features_only(asked: object) -> None:
    logger = Logger()
    logger.send(kserve("request", "tx-1", NOW - 10), asked)
    logger.send(kserve("response", "tx-1", NOW - 9), {"predictions": [1]})
    batch = logger.read()
    assert batch is not None
    assert ids(batch.events) == ["tx-1"]  # type: ignore[arg-type]
    assert batch.events.latency.tolist() == pytest.approx([1.0])  # type: ignore[union-attr]
    assert len(batch.rejections) == 1


def test_a_prediction_that_means_nothing_to_its_model_is_rejected_row_by_row() -> None:
    logger = Logger({"requests": False})
    logger.send(kserve("response", "mixed"), {"predictions": [1, 7, 0]})
    logger.send(kserve("response", "unknown", inferenceservicename="nobody"), {"predictions": [1]})
    batch = logger.read()
    assert batch is not None
    assert ids(batch.events) == ["mixed/0", "mixed/2"]  # type: ignore[arg-type]
    assert [(one.reason, one.place.rpartition(", ")[2]) for one in batch.rejections] == [
        ("bad_value", "row 1"),
        ("unknown_model", "row 0"),
    ]
    assert logger.answers["mixed"] == Receipt(1, 0, 0, [])
    answer = logger.answers["unknown"]
    assert answer is not None
    assert [(refused.index, refused.reason) for refused in answer.rejections] == [(0, "unknown_model")]


def test_a_token_for_one_model_lets_in_no_inference_of_another() -> None:
    logger = Logger({"requests": False})
    logger.send(kserve("response", "a"), {"predictions": [1]}, Rights(("prices",)))
    logger.send(kserve("response", "b"), {"predictions": [1]}, Rights(("fraud",)))
    refused, taken = logger.read(), logger.read()
    assert refused is not None
    assert [rejection.reason for rejection in refused.rejections] == ["unknown_model"]
    assert taken is not None
    assert ids(taken.events) == ["b"]  # type: ignore[arg-type]
