"""Verdicts: which objectives are missed, which metrics have degraded, and everything that explains it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ml_exporter.detectors import Verdict
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.server.api import choosing
from ml_exporter.server.api.resource import Parameter, ParameterError, Resource, computed
from ml_exporter.snapshot import Snapshot

Time = Annotated[float | None, Meta(description="Seconds since the epoch.")]


class ObjectiveVerdict(msgspec.Struct):
    """Whether an objective is missed."""

    model_name: str
    model_version: str
    metric: str
    threshold: float
    breached: bool


class Baseline(msgspec.Struct):
    """What normal is for a metric."""

    mean: float | None
    std: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    minimum: float | None
    maximum: float | None
    outcomes: float | None
    ready: Annotated[bool, Meta(description="Whether its period was full when it was learnt.")]
    inherited: Annotated[bool, Meta(description="Whether it is another version's.")]
    since: Time
    until: Time


class DetectorVerdict(msgspec.Struct):
    """What one detector says."""

    log10_evidence: float | None
    log10_threshold: float | None
    detected: bool


class SliceVerdict(msgspec.Struct):
    """How much one slice contributes to a change of the whole."""

    segment_key: str
    segment_value: str
    contribution: Annotated[float | None, Meta(description="Part of the whole change; more is worse.")]
    rate_before: float | None
    rate_now: float | None
    share_before: float | None
    share_now: float | None


class DegradationVerdict(msgspec.Struct):
    """Everything that is said of one metric of one version."""

    model_name: str
    model_version: str
    metric: str
    degraded: bool
    since: Annotated[float | None, Meta(description="When the alarm was raised, seconds since the epoch.")]
    alarms: Annotated[int, Meta(description="How many were raised so far.")]
    votes: Annotated[int, Meta(description="How many detectors say that it has degraded.")]
    baseline: Baseline | None
    value: Annotated[float | None, Meta(description="The metric in the shortest window.")]
    z_score: float | None
    change_ratio: Annotated[float | None, Meta(description="(value - mean of the baseline) / |mean|.")]
    log10_evidence: float | None
    log10_threshold: float | None
    detectors: dict[str, DetectorVerdict]
    change_point: Annotated[float | None, Meta(description="When the level changed, seconds since the epoch.")]
    change: Annotated[float | None, Meta(description="By how much, in the share of bad outcomes or the value.")]
    change_lower: float | None
    change_upper: float | None
    trend_per_day: float | None
    crossing: Annotated[float | None, Meta(description="When the objective is missed if it goes on like this.")]
    crossing_earliest: Time
    crossing_latest: Time
    slices: list[SliceVerdict]


class AnomalyVerdict(msgspec.Struct):
    """How unusual a version's last wide bucket was, over all its metrics."""

    model_name: str
    model_version: str
    score: Annotated[float | None, Meta(description="Above 1: more unusual than a healthy version ever is.")]
    at: Time


class VerdictsAnswer(msgspec.Struct):
    """What is judged, and how."""

    at: Annotated[float, Meta(description="When it was judged, seconds since the epoch.")]
    objectives: list[ObjectiveVerdict]
    degradations: list[DegradationVerdict]
    anomalies: list[AnomalyVerdict]


_BOOLEANS = {"true": True, "false": False}


def _answer(snapshot: Snapshot, given: Mapping[str, str]) -> object:
    wanted = {name: value for name, value in given.items() if name != "degraded"}
    of_version = {name: value for name, value in wanted.items() if name != "metric"}
    degraded = _BOOLEANS.get(given.get("degraded", ""))
    if degraded is None and "degraded" in given:
        raise ParameterError(f"degraded: {given['degraded']!r} is neither true nor false")
    objectives = [_objective(verdict) for verdict in snapshot.observation.verdicts]
    degradations = [
        _degradation(one) for one in snapshot.observation.degradations if degraded is None or one.degraded == degraded
    ]
    return {
        "at": snapshot.at,
        "objectives": [one for one in objectives if _fits(one, wanted)],
        "degradations": [one for one in degradations if _fits(one, wanted)],
        "anomalies": [asdict(one) for one in snapshot.observation.anomalies if _fits(asdict(one), of_version)],
    }


def _fits(one: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(one[name] == value for name, value in wanted.items())


def _objective(verdict: Verdict) -> dict[str, Any]:
    return {
        "model_name": verdict.series.model,
        "model_version": verdict.series.version,
        "metric": verdict.metric,
        "threshold": verdict.threshold,
        "breached": verdict.breached,
    }


def _degradation(one: Degradation) -> dict[str, Any]:
    detectors = {name: asdict(says) | {"detected": says.detected} for name, says in one.detectors.items()}
    return asdict(one) | {"votes": one.votes, "detectors": detectors}


RESOURCE = Resource(
    path="verdicts",
    about="Which objectives are missed, which metrics have degraded since when and by how much, what each detector"
    " says, which slices explain it, and how unusual each version is over all its metrics. Times are seconds since the"
    " epoch; what is not known is null.",
    parameters={
        "model_name": choosing.MODEL_NAME,
        "model_version": choosing.MODEL_VERSION,
        "metric": Parameter("Only of this metric id."),
        "degraded": Parameter(
            "`true` or `false`: only metrics that are degraded, or that are not.",
            {"type": "string", "enum": list(_BOOLEANS)},
        ),
    },
    answers=VerdictsAnswer,
    handle=computed("verdicts", _answer),
)
