"""A model misses an objective."""

from collections.abc import Sequence

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case
from ml_exporter.bundle.alerts.objective_cases import cases
from ml_exporter.bundle.alerts.objective_text import Judged, all_judged, annotations, templates
from ml_exporter.bundle.promql import over_instances, selector
from ml_exporter.bundle.templating import literal
from ml_exporter.config import Monitoring

NAME = "MLObjectiveBreached"


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [_alert(monitoring, judged) for judged in all_judged(monitoring)]


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    return cases(monitoring, NAME, all_judged(monitoring))


def _alert(monitoring: Monitoring, judged: Judged) -> Alert:
    model, metric = judged.model.name, judged.metric.id
    breached = selector("ml_objective_breached", model_name=model, metric=metric)
    timing = monitoring.alerting.timing
    return Alert(
        name=NAME,
        expression=f"{over_instances('max', breached)} == 1",
        labels={"severity": judged.objective.severity, "model_name": literal(model), "metric": metric},
        annotations=annotations(monitoring, NAME, judged, templates(judged), literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
    )


GROUP = AlertGroup(
    "objectives",
    "Objectives: a metric is not where its owner wants it.",
    {
        NAME: "A metric misses its objective: its whole 95 % interval lies beyond it, on enough outcomes. The verdict"
        " stays until the value is back; missing data resolves nothing."
    },
    _alerts,
    _cases,
    rests_on={NAME: "labels"},
)
