"""What a feed of inference logs can be told."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from ml_exporter.config import Duration
from ml_exporter.config.base import Wrong
from ml_exporter.feeds.inference_log.cloud_events import BATCH, STRUCTURED
from ml_exporter.feeds.receiving import BodyForm, ReceivingSettings

_OUTPUTS = ("prediction", "score", "lower", "upper")
_EXAMPLE = {
    "specversion": "1.0",
    "id": "tx-1",
    "type": "org.kubeflow.serving.inference.response",
    "source": "http://localhost:8080/",
    "time": "2024-05-01T12:00:00.02Z",
    "inferenceservicename": "fraud",
    "data": {"predictions": [1]},
}


class InferenceLogFeedSettings(ReceivingSettings):
    """What the payload loggers of KServe and Seldon send, as CloudEvents: predictions, with what they were made of."""

    kind: Literal["inference_log"]
    """What the payload loggers of KServe and Seldon send: request and response of each inference, as CloudEvents."""

    events: Literal["predictions"] = "predictions"
    """Always predictions: labels come by another feed."""

    path: str | None = None
    """Where it is sent to. Default: `/api/v1/cloudevents`."""

    services: dict[str, str] = Field(default_factory=dict)
    """Inference service (or Seldon deployment) to model_name, where it is called otherwise:
    `{fraud-sklearn: fraud}`."""

    inputs: list[str] = Field(default_factory=list)
    """Names of the features, in the order of the columns of an input that has no names of its own."""

    outputs: dict[str, str] = Field(default_factory=dict)
    """Our field to the output that it is: `{score: predict_proba.1}`, `{prediction: label, scores.cat: proba.0}`. A
    column of an output with several is named by its number, from 0. Default: the only column is the prediction."""

    id_from: Literal["event", "payload"] = "event"
    """What the prediction_id is: the id of the CloudEvent, or that in the payload (open inference protocol)."""

    id_input: str | None = None
    """The input that holds the prediction_id of each row, where one does. It stands before `id_from`."""

    requests: bool = True
    """Whether requests are logged, too (`mode: all`). Without, features and latency are unknown, and no response waits
    for its request."""

    response_within: Duration = Duration.parse("1m")
    """How long a request waits for its response."""

    request_within: Duration = Duration.parse("2s")
    """How long a response waits for its request; then it counts without. Its sender waits for that long."""

    max_waiting_requests: int = Field(default=10_000, ge=1)
    """So many requests wait for their responses; the oldest are given up first."""

    max_waiting_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    """So many bytes these may have together."""

    silent: ClassVar[bool] = True

    @property
    def at(self) -> str:
        """The path."""
        return self.path or "/api/v1/cloudevents"

    @classmethod
    def usual(cls) -> Iterator[tuple[str, str]]:
        """Return the one path."""
        yield "cloudevents", "predictions"

    @classmethod
    def bodies(cls, events: str) -> Sequence[BodyForm]:  # noqa: ARG003 - they are always predictions
        """Return an event as JSON, and several; that an event's attributes may stand in headers cannot be said here."""
        return (
            BodyForm(STRUCTURED, {"type": "object", "description": "One event in structured mode."}, _EXAMPLE),
            BodyForm(BATCH, {"type": "array", "description": "Several of them."}, [_EXAMPLE]),
        )

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterator[Wrong]:
        """Find outputs that are no field of ours, and names that belong elsewhere."""
        yield from super().between({key: value for key, value in values.items() if key != "fields"})
        if values.get("fields"):
            yield ("fields",), "is not read of inference logs; say in `outputs` and `inputs` what columns are"
        outputs = values.get("outputs")
        for field in outputs if isinstance(outputs, dict) else {}:
            if field not in _OUTPUTS and not str(field).startswith("scores."):
                yield (
                    ("outputs", str(field)),
                    f"is no field that an output can be; choose from {', '.join(_OUTPUTS)}, scores.CLASS",
                )
