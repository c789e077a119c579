"""A feature's values are not what they should be: missing, of another type, out of range, unknown, all the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.told import Told, label, percent, told
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import number
from ml_exporter.config import Monitoring
from ml_exporter.config.feature import FeatureSettings

_ENOUGH = 100
"""Successful requests in the window, below which nothing is said."""

_ANY_FEATURE = "FEATURE"


@dataclass(frozen=True)
class _Fault:
    """One way in which a feature can be wrong."""

    kind: AlertKind
    family: str
    what: str
    """Goes on after 'the feature NAME'."""

    share: str
    """What its value is a share of; empty where it is none."""

    can_be: Callable[[FeatureSettings], bool] = lambda _: True
    """Whether a feature can have it at all: an alert that cannot fire is none."""


def _kind(name: str, meaning: str, threshold: float | None) -> AlertKind:
    told = f"{meaning}, on at least {_ENOUGH} requests."
    return AlertKind(f"MLFeature{name}", told, threshold=threshold, rests_on="predictions")


_FAULTS = (
    _Fault(
        _kind("Missing", "A share of the requests above the threshold has no value of the feature", 0.1),
        "ml_feature_null_ratio",
        "is missing",
        "requests have no value",
    ),
    _Fault(
        _kind("WrongType", "A share of the feature's values above the threshold is of another type", 0.01),
        "ml_feature_type_mismatch_ratio",
        "has values of another type",
        "values are of another type",
    ),
    _Fault(
        _kind("OutOfRange", "A share of the feature's numbers above the threshold lies outside of its `range`", 0.05),
        "ml_feature_out_of_range_ratio",
        "is out of range",
        "numbers lie outside of its range",
        lambda feature: feature.range is not None,
    ),
    _Fault(
        _kind(
            "UnseenCategories", "A share of the feature's values above the threshold is unknown to the baseline", 0.05
        ),
        "ml_feature_unseen_category_ratio",
        "has categories that the baseline has not",
        "values are categories that the baseline has not",
        lambda feature: feature.kind != "numeric" and feature.range is None,
    ),
    _Fault(
        _kind("Constant", "All values of the feature in the window are the same", None),
        "ml_feature_constant",
        "always has the same value",
        "",
    ),
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    return [
        _condition(watched, fault)
        for watched in watched_models(monitoring)
        for fault in _FAULTS
        if any(map(fault.can_be, watched.model.features))
    ]


def _condition(watched: WatchedModel, fault: _Fault) -> Condition:
    kind, window, feature = fault.kind, watched.shortest, label("feature", _ANY_FEATURE)
    requests, counted = watched.requests(window)
    if fault.share:
        limit = watched.threshold(kind)
        compared, troubled = f"> {number(limit)}", (1 + limit) / 2
        share = percent(troubled)
        should = f"at most {number(100 * limit)}% of the {fault.share}"
        seen = told(f"{{}} of the {fault.share}", share)
    else:
        compared, troubled, limit = "== 1", 1.0, 0.0
        share = seen = Told("always the same value", "always the same value")
        should = "values that differ"
    enough = watched.enough_requests(window, _ENOUGH)
    return Condition(
        kind,
        f"{watched.largest(fault.family, window=window)} {compared} and on (model_name, model_version) ({enough})",
        watched.labels,
        {**watched.brought, "window": window, "feature": _ANY_FEATURE},
        watched.annotations(
            kind,
            told(f"the feature {{}} {fault.what}", feature),
            told(
                f"{{}}: the feature {{}} {fault.what} in the last {window}: {{}}, on {{}}.",
                watched.subject,
                feature,
                seen,
                requests,
            ),
            value=share,
            limit=should,
            window=window,
            further={"events": requests},
        ),
        [watched.sample(fault.family, limit, troubled, window=window, feature=_ANY_FEATURE), counted],
    )


GROUP = alert_group(
    "data-quality",
    "Data quality: features are missing, of another type, out of range, unknown, or always the same.",
    [fault.kind for fault in _FAULTS],
    _conditions,
    area="data quality",
)
