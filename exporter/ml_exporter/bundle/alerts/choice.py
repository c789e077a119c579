"""Which of the alerts that could be generated a configuration wants, and how grave they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert
from ml_exporter.bundle.promql import number
from ml_exporter.bundle.templating import literal
from ml_exporter.config import AlertSettings, ModelSettings, Monitoring, plan_of, switch_of
from ml_exporter.config.switches import Switch

_ON_REQUEST = frozenset({"anomaly"})
"""Areas of which nothing is generated without a strategy that has them, unless it is asked for."""

_SWITCHED: Mapping[str, Switch] = {"anomaly": "anomaly_detection", "forecast": "predictive_alerting"}
"""Area to the switch that decides whether alerts of it are generated."""


def chosen(group: AlertGroup, monitoring: Monitoring) -> tuple[list[Alert], list[Case]]:
    """Return the alerts of a group that are wanted, with their severities and whose they are, and their cases."""
    by_template = {literal(model.name): model for model in monitoring.models}
    by_name = {model.name: model for model in monitoring.models}

    def labels(name: str, given: Mapping[str, str], models: Mapping[str, ModelSettings]) -> dict[str, str] | None:
        """Return the labels of an alert as it is wanted, None where it is not."""
        model = models.get(given.get("model_name", ""))
        settings = _wanted(monitoring, group, name, model)
        return None if settings is None else {**given, **_raised(settings), **_whose(model)}

    alerts = [
        replace(alert, labels=wanted)
        for alert in group.alerts(monitoring)
        if (wanted := labels(alert.name, alert.labels, by_template)) is not None
    ]
    cases: list[Case] = []
    for case in group.cases(monitoring):
        found = [
            ExpectedAlert(wanted, one.annotations)
            for one in case.expected
            if (wanted := labels(case.alert, one.labels, by_name)) is not None
        ]
        if (found or not case.expected) and case.alert in {alert.name for alert in alerts}:
            cases.append(replace(case, expected=found))
    return alerts, cases


def threshold(monitoring: Monitoring, name: str, default: float | None, model: ModelSettings | None = None) -> float:
    """Return what the value of an alert is compared with: as the model says, or the configuration, or by default.

    Raises:
        ValueError: the alert compares nothing.
    """
    given = (settings.threshold for settings in _settings(monitoring, name, model))
    found = next((one for one in given if one is not None), default)
    if found is None:
        raise ValueError(f"{name} has no threshold")
    return found


def _settings(monitoring: Monitoring, name: str, model: ModelSettings | None) -> Iterable[AlertSettings]:
    """Return what is said of an alert, the word that counts most first."""
    for choices in (model.alerts if model is not None else {}, monitoring.alerting.alerts):
        if name in choices:
            yield choices[name]


def _wanted(monitoring: Monitoring, group: AlertGroup, name: str, model: ModelSettings | None) -> AlertSettings | None:
    """Return the settings of an alert that is wanted, None for one that is not."""
    listed = list(_settings(monitoring, name, model))
    enabled = next((one.enabled for one in listed if one.enabled is not None), _by_default(monitoring, group, model))
    severity = next((one.severity for one in listed if one.severity is not None), None)
    return AlertSettings(severity=severity) if enabled else None


def _by_default(monitoring: Monitoring, group: AlertGroup, model: ModelSettings | None) -> bool:
    """Tell whether alerts of a group are generated where nothing is said of them: the strategy decides, if any."""
    switch = _SWITCHED.get(group.area)
    if model is not None and switch is not None and (on := model.switches.get(switch)) is not None:
        return on
    plan = plan_of(monitoring, model)
    return group.area not in _ON_REQUEST if plan is None else group.area in plan.areas


def explained(group: AlertGroup, monitoring: Monitoring) -> Iterator[tuple[str, str, str]]:
    """Yield each alert of a group with its model, whether it is generated and how grave it is, and who says so."""
    by_template = {literal(model.name): model for model in monitoring.models}
    seen: dict[str, tuple[Alert, ModelSettings | None]] = {}
    for alert in group.alerts(monitoring):
        model = by_template.get(alert.labels.get("model_name", ""))
        whose = f"[{model.name}]" if model is not None else ""
        seen.setdefault(f"alert {alert.name}{whose}", (alert, model))
    for place, (alert, model) in seen.items():
        wanted = _wanted(monitoring, group, alert.name, model)
        shown = "no" if wanted is None else wanted.severity or alert.labels.get("severity", "")
        if wanted is not None and alert.name in group.thresholds:
            least = threshold(monitoring, alert.name, group.thresholds[alert.name], model)
            shown += f", threshold {number(least)}"
        yield place, shown, _origin(monitoring, group, alert.name, model)


def _origin(monitoring: Monitoring, group: AlertGroup, name: str, model: ModelSettings | None) -> str:
    if model is not None and name in model.alerts:
        return "model"
    if name in monitoring.alerting.alerts:
        return "file"
    switch = _SWITCHED.get(group.area)
    if model is not None and switch is not None:
        said = switch_of(monitoring.given, monitoring.given.model(model.name), switch)
        if said.written:
            return said.origin
    return "default" if plan_of(monitoring, model) is None else "strategy"


def _raised(settings: AlertSettings) -> dict[str, str]:
    return {"severity": settings.severity} if settings.severity else {}


def _whose(model: ModelSettings | None) -> dict[str, str]:
    """Return the team and the owner of the model that an alert is about, for routes and for people."""
    named = {} if model is None else {"team": model.team, "owner": model.owner}
    return {label: name for label, name in named.items() if name is not None}
