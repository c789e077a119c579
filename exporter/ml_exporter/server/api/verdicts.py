"""Verdicts: which objectives are missed, which metrics have degraded, and everything that explains it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ml_exporter.detectors import Verdict
from ml_exporter.detectors.degradation import Degradation
from ml_exporter.server.api.resource import ParameterError, Resource
from ml_exporter.snapshot import Snapshot

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
        "model_name": "Only of this model.",
        "model_version": "Only of this version.",
        "metric": "Only of this metric id.",
        "degraded": "`true` or `false`: only metrics that are degraded, or that are not.",
    },
    answer=_answer,
)
