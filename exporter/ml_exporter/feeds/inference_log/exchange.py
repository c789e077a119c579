"""One inference: its request, where it is known, and its response; and what predictions these make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ml_exporter.feeds.decoding.problems import Problems
from ml_exporter.feeds.decoding.times import timestamps
from ml_exporter.feeds.inference_log.cloud_events import CloudEvent
from ml_exporter.feeds.inference_log.payloads import BadPayload, Payload, payload
from ml_exporter.feeds.inference_log.settings import InferenceLogFeedSettings
from ml_exporter.feeds.interface import MAXIMUM_ROWS
from ml_exporter.feeds.receiving import Portion, Rights

_VERSIONS_TRACE = 2
"""Where the trace id stands in a traceparent (W3C Trace Context): version-trace-parent-flags."""


@dataclass(frozen=True)
class Side:
    """One side of an inference."""

    event: CloudEvent
    portion: Portion
    """The one event of a delivery that it came by."""

    rights: Rights
    arrived: float
    """Seconds since the epoch."""

    @property
    def time(self) -> float:
        """When it happened by its own time, or else when it arrived; seconds since the epoch."""
        found = timestamps([self.event.attributes.get("time")], self.arrived, Problems())
        return float(found[0]) if found[0] > 0 else self.arrived


@dataclass(frozen=True)
class Exchange:
    """Both sides."""

    response: Side
    request: Side | None


def join_id(event: CloudEvent) -> str:
    """Return what a request and its response have in common: Seldon's requestid, or the id."""
    return event.attributes.get("requestid") or event.attributes.get("id", "")


def outputs_of(response: Side) -> Payload:
    """Return what a model said.

    Raises:
        BadPayload: the response cannot be read.
    """
    outputs = payload(response.event.data, answer=True)
    if outputs.rows > MAXIMUM_ROWS:
        raise BadPayload(f"the inference has {outputs.rows} rows; send at most {MAXIMUM_ROWS} at once")
    return outputs


def inputs_of(request: Side, names: Sequence[str], rows: int) -> Payload:
    """Return what a model was asked about.

    Args:
        request: with as many rows as its response has.
        names: of columns that have no names of their own.
        rows: of the response.

    Raises:
        BadPayload: the request cannot be read, or does not fit.
    """
    inputs = payload(request.event.data, answer=False, names=names)
    if inputs.rows != rows:
        raise BadPayload(f"the request has {inputs.rows} rows and its response {rows}; send as many of both")
    return inputs


def rows_of(
    exchange: Exchange, outputs: Payload, inputs: Payload | None, settings: InferenceLogFeedSettings
) -> Mapping[str, Sequence[Any]]:
    """Return the predictions of an inference, as columns with our names.

    Raises:
        BadPayload: the response says nothing that is known.
    """
    attributes, rows = exchange.response.event.attributes, outputs.rows
    service = attributes.get("inferenceservicename") or outputs.named.get("model_name")
    version = outputs.named.get("model_version") or attributes.get("endpoint") or None
    began = exchange.response.time if exchange.request is None else exchange.request.time
    latency = None if exchange.request is None else max(0.0, exchange.response.time - began)
    objects = [None] * rows if inputs is None else _objects(inputs)
    constant = {
        "model_name": None if service is None else settings.services.get(service, service),
        "model_version": version,
        "timestamp": began,
        "latency_seconds": latency,
        "trace_id": _trace_id(attributes.get("traceparent", "")),
    }
    return {
        "prediction_id": _ids(exchange, settings, outputs, inputs),
        **{name: [value] * rows for name, value in constant.items()},
        "features": objects,
        "segment": objects,
        **_outputs(outputs, settings),
    }


def _objects(inputs: Payload) -> list[Any]:
    names = list(inputs.columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*inputs.columns.values(), strict=True)] or [
        None
    ] * inputs.rows


def _ids(
    exchange: Exchange, settings: InferenceLogFeedSettings, outputs: Payload, inputs: Payload | None
) -> Sequence[Any]:
    """Return the ids of the rows: that of the inference, with the row's number where there are several."""
    if settings.id_input is not None:
        if inputs is None or settings.id_input not in inputs.columns:
            return [None] * outputs.rows
        return inputs.columns[settings.id_input]
    identifier = join_id(exchange.response.event)
    if settings.id_from == "payload":
        identifier = outputs.named.get("id") or ("" if inputs is None else inputs.named.get("id", ""))
    if outputs.rows == 1 or not identifier:
        return [identifier or None] * outputs.rows
    return [f"{identifier}/{row}" for row in range(outputs.rows)]


def _outputs(outputs: Payload, settings: InferenceLogFeedSettings) -> Mapping[str, Sequence[Any]]:
    known = ", ".join(outputs.columns) or "none"
    if not settings.outputs:
        if len(outputs.columns) != 1:
            raise BadPayload(f"the response has several outputs ({known}); say in the feed's `outputs` which is what")
        return {"prediction": next(iter(outputs.columns.values()))}
    for name in settings.outputs.values():
        if name not in outputs.columns:
            raise BadPayload(f"the response has no output {name!r}, but {known}; correct the feed's `outputs`")
    return {ours: outputs.columns[theirs] for ours, theirs in settings.outputs.items()}


def _trace_id(parent: str) -> str | None:
    parts = parent.split("-")
    return parts[1] if len(parts) >= _VERSIONS_TRACE else None
