"""Inputs or predictions are distributed otherwise than in the baseline: by effect and by significance."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts.condition import AlertKind, Condition, alert_group
from ml_exporter.bundle.alerts.told import label, queried, told, value
from ml_exporter.bundle.alerts.watched_model import WatchedModel, watched_models
from ml_exporter.bundle.promql import number, over_instances, selector
from ml_exporter.bundle.templating import VERSION
from ml_exporter.config import Monitoring

_PSI, _P_VALUE = 0.5, 0.0001220703125
"""Numbers that Go and Python print alike."""

_SIGNIFICANT = 0.001
"""The p-value is looked at time and again, so it has to be small."""

_ANY_FEATURE = "FEATURE"

FEATURE = AlertKind(
    "MLFeatureDrifted",
    "A feature's values are distributed otherwise than in the baseline: the change is both large (PSI of at least 0.1)"
    " and significant among all features of the version.",
    rests_on="predictions",
)
PREDICTION = AlertKind(
    "MLPredictionDrifted",
    "What the model predicts is distributed otherwise than in the baseline: PSI above the threshold, and p-value below"
    f" {_SIGNIFICANT}.",
    threshold=0.1,
    rests_on="predictions",
)


def _conditions(monitoring: Monitoring) -> Sequence[Condition]:
    models = watched_models(monitoring)
    return [
        *(_feature(watched) for watched in models if watched.model.features),
        *(_prediction(watched) for watched in models if watched.model.task != "ranking"),  # a list has no distribution
    ]


def _feature(watched: WatchedModel) -> Condition:
    window, feature = watched.daily, label("feature", _ANY_FEATURE)
    requests, counted = watched.requests(window)

    def of_the_feature(family: str) -> str:
        chosen = {"model_name": watched.model.name, "window": window, "feature": "{{ $labels.feature }}"}
        return f"max({selector(family, model_version=VERSION, **chosen)})"

    psi = queried(of_the_feature("ml_feature_psi"), "%.4g", number(_PSI))
    p_value = queried(of_the_feature("ml_feature_drift_p_value"), "%.2g", "0.00012")
    return Condition(
        FEATURE,
        f"{watched.largest('ml_feature_drifted', window=window)} == 1",
        watched.labels,
        {**watched.brought, "window": window, "feature": _ANY_FEATURE},
        watched.annotations(
            FEATURE,
            told("the feature {} has drifted", feature),
            told(
                f"{{}}: the feature {{}} of the last {window} is distributed otherwise than in the baseline: PSI {{}},"
                " p-value {} on {}.",
                watched.subject,
                feature,
                psi,
                p_value,
                requests,
            ),
            value=told("PSI {}, p-value {}", psi, p_value),
            limit="PSI below 0.1, or no more than chance",
            window=window,
            further={"events": requests},
        ),
        [
            watched.sample("ml_feature_drifted", 0, 1, window=window, feature=_ANY_FEATURE),
            watched.steady("ml_feature_psi", _PSI, window=window, feature=_ANY_FEATURE),
            watched.steady("ml_feature_drift_p_value", _P_VALUE, window=window, feature=_ANY_FEATURE),
            counted,
        ],
    )


def _prediction(watched: WatchedModel) -> Condition:
    window, limit = watched.daily, watched.threshold(PREDICTION)
    requests, counted = watched.requests(window)
    own = {"model_name": watched.model.name, "model_version": VERSION, "window": window}
    looked_up = f"max({selector('ml_prediction_drift_p_value', **own)})"
    p_value = queried(looked_up, "%.2g", "0.00012")
    drifted = over_instances("max", watched.selected("ml_prediction_psi", window=window))
    significant = over_instances("min", watched.selected("ml_prediction_drift_p_value", window=window))
    return Condition(
        PREDICTION,
        f"{drifted} > {number(limit)} and {significant} < {_SIGNIFICANT}",
        watched.labels,
        {**watched.brought, "window": window},
        watched.annotations(
            PREDICTION,
            told("its predictions have drifted"),
            told(
                f"{{}}: what it predicted in the last {window} is distributed otherwise than in the baseline: PSI {{}},"
                " p-value {} on {}.",
                watched.subject,
                value(limit + _PSI),
                p_value,
                requests,
            ),
            value=told("PSI {}, p-value {}", value(limit + _PSI), p_value),
            limit=f"PSI at most {number(limit)}, or a p-value of at least {_SIGNIFICANT}",
            window=window,
            further={"events": requests},
        ),
        [
            watched.sample("ml_prediction_psi", limit, limit + _PSI, window=window),
            watched.steady("ml_prediction_drift_p_value", _P_VALUE, window=window),
            counted,
        ],
    )


GROUP = alert_group(
    "drift",
    "Drift: inputs or predictions are not distributed as they were. It waits for no label.",
    (FEATURE, PREDICTION),
    _conditions,
    area="drift",
)
