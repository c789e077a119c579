"""The exporter is down, and the alert that always fires."""

from collections.abc import Callable, Sequence

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.templating import literal
from ml_exporter.config import ModelSettings, Monitoring

DOWN = "MLExporterDown"
WATCHDOG = "Watchdog"


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [*(_down(monitoring, model) for model in monitoring.models), _watchdog(monitoring)]


def _down(monitoring: Monitoring, model: ModelSettings) -> Alert:
    up = selector("up", instance="one:9877")
    expected = ExpectedAlert({"severity": "critical", "model_name": model.name}, _annotations(monitoring, model, str))
    return Alert(
        name=DOWN,
        expression=f"absent({selector('up')} == 1)",
        labels={"severity": "critical", "model_name": literal(model.name)},
        annotations=_annotations(monitoring, model, literal),
        for_=str(monitoring.alerting.timing.for_),
        cases=(
            Case("An exporter that cannot be scraped fires", {up: "1x10 0x400"}, "2h", (expected,)),
            Case("An exporter that is not there at all fires", {}, "2h", (expected,)),
            Case("An exporter that is scraped does not fire", {up: "1x500"}, "2h", ()),
            Case(
                "One of two exporters is enough",
                {up: "0x500", selector("up", instance="two:9877"): "1x500"},
                "2h",
                (),
            ),
        ),
    )


def _annotations(monitoring: Monitoring, model: ModelSettings, escape: Callable[[str], str]) -> dict[str, str]:
    return {
        "summary": f"Nobody watches {escape(model.name)}: ml-exporter is down",
        "description": (
            f"Prometheus cannot scrape any ml-exporter that watches {escape(model.name)}; what is known of its quality"
            " stands still. Verdicts and counters survive and go on with the exporter."
        ),
        "dashboard_url": dashboard(monitoring, model.name),
        "runbook_url": runbook(monitoring, DOWN),
    }


def _watchdog(monitoring: Monitoring) -> Alert:
    annotations = {
        "summary": "Alerting works: this alert always fires",
        "description": "Send it to a dead man's switch: when it stops arriving, no alert arrives.",
        "runbook_url": runbook(monitoring, WATCHDOG),
    }
    return Alert(
        name=WATCHDOG,
        expression="vector(1)",
        labels={"severity": "none"},
        annotations=annotations,
        cases=(Case("It always fires", {}, "1m", (ExpectedAlert({"severity": "none"}, annotations),)),),
    )


GROUP = AlertGroup(
    "exporter",
    "The exporter: nobody watches the models.",
    {
        DOWN: "No exporter that watches the model can be scraped.",
        WATCHDOG: "Always fires, so that a dead man's switch can tell when alerting itself is broken.",
    },
    _alerts,
)
