"""The exporter is down or stuck, and the alert that always fires."""

from collections.abc import Callable, Sequence
from math import ceil

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert
from ml_exporter.bundle.alerts.course import course
from ml_exporter.bundle.alerts.links import dashboard, runbook
from ml_exporter.bundle.promql import JOB, number, over_instances, selector
from ml_exporter.bundle.templating import humanized, literal, plain
from ml_exporter.config import ModelSettings, Monitoring

DOWN = "MLExporterDown"
STALLED = "MLExporterStalled"
WATCHDOG = "Watchdog"

_SEVERITY = "critical"
_TICKS_MISSED = 10
_SHORTEST_LIMIT = 120.0  # clocks of two machines may differ by a part of it


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [
        *(_down(monitoring, model) for model in monitoring.models),
        *(_stalled(monitoring, model) for model in monitoring.models),
        _watchdog(monitoring),
    ]


def _down(monitoring: Monitoring, model: ModelSettings) -> Alert:
    timing = monitoring.alerting.timing
    return Alert(
        name=DOWN,
        subject=model.name,
        expression=f"absent({selector('up')} == 1)",
        labels={"severity": _SEVERITY, "model_name": literal(model.name)},
        annotations=_down_annotations(monitoring, model, literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.for_),
        cases=_down_cases(monitoring, model),
    )


def _down_annotations(monitoring: Monitoring, model: ModelSettings, escape: Callable[[str], str]) -> dict[str, str]:
    timing = monitoring.alerting.timing
    return {
        "summary": f"Nobody watches {escape(model.name)}: ml-exporter is down",
        "description": (
            f"Prometheus has not been able to scrape any ml-exporter that watches {escape(model.name)} for"
            f" {timing.for_}: what is known of the model stands still, and no alert about it can fire. Nothing is lost:"
            " verdicts, counters and feed positions go on with the exporter."
        ),
        "value": "no exporter can be scraped",
        "threshold": f"scraped again within {timing.for_}",
        "dashboard_url": dashboard(monitoring, model.name),
        "runbook_url": runbook(monitoring, DOWN),
    }


def _down_cases(monitoring: Monitoring, model: ModelSettings) -> tuple[Case, ...]:
    seen = course(monitoring, kept=monitoring.alerting.timing.for_.seconds)
    up, twin = selector("up", instance="one:9877"), selector("up", instance="two:9877")
    labels = {"severity": _SEVERITY, "model_name": model.name}
    expected = (ExpectedAlert(labels, _down_annotations(monitoring, model, plain)),)
    return (
        Case("An exporter that cannot be scraped fires", {up: seen.changed(1, 0)}, seen.firing, expected),
        Case("An exporter that never was there fires", {}, seen.firing, expected),
        Case("An exporter that is scraped does not fire", {up: seen.throughout(1)}, seen.over, ()),
        Case("A restart does not fire", {up: seen.changed(1, 0)}, seen.pending, ()),
        Case(
            "One exporter of a pair is enough",
            {up: seen.throughout(0), twin: seen.throughout(1)},
            seen.over,
            (),
        ),
        Case(
            "An exporter that vanishes from the targets goes on firing",
            {up: seen.missing_after(1, 0)},
            seen.over,
            expected,
            outage=True,
        ),
    )


def _stalled(monitoring: Monitoring, model: ModelSettings) -> Alert:
    last_tick = over_instances("max", selector("ml_exporter_last_tick_timestamp_seconds"))
    timing = monitoring.alerting.timing
    return Alert(
        name=STALLED,
        subject=model.name,
        expression=f"time() - {last_tick} > {number(_stalled_after(monitoring))}",
        labels={"severity": _SEVERITY, "model_name": literal(model.name)},
        annotations=_stalled_annotations(monitoring, model, "{{ $value | humanizeDuration }}", literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
        cases=_stalled_cases(monitoring, model),
    )


def _stalled_after(monitoring: Monitoring) -> float:
    return max(_TICKS_MISSED * monitoring.tick.seconds, _SHORTEST_LIMIT)


def _stalled_annotations(
    monitoring: Monitoring, model: ModelSettings, age: str, escape: Callable[[str], str]
) -> dict[str, str]:
    return {
        "summary": f"{escape(model.name)} is not looked at: ml-exporter answers, but computes nothing",
        "description": (
            f"ml-exporter computed its metrics {age} ago, and should every {monitoring.tick}. What it shows of"
            f" {escape(model.name)} is that old; a full or broken disk below its store is the usual cause."
        ),
        "value": f"computed {age} ago",
        "threshold": f"every {monitoring.tick}",
        "dashboard_url": dashboard(monitoring, model.name),
        "runbook_url": runbook(monitoring, STALLED),
    }


def _stalled_cases(monitoring: Monitoring, model: ModelSettings) -> tuple[Case, ...]:
    seen = course(monitoring)
    limit = ceil(_stalled_after(monitoring))
    tick, twin = (
        selector("ml_exporter_last_tick_timestamp_seconds", instance=f"{name}:9877") for name in ("one", "two")
    )
    stands, moves = f"{seen.trouble - limit}", f"0+{seen.step}"
    labels = {"job": JOB, "severity": _SEVERITY, "model_name": model.name}

    def expected(at: int) -> tuple[ExpectedAlert, ...]:
        age = humanized(at - seen.trouble + limit)
        return (ExpectedAlert(labels, _stalled_annotations(monitoring, model, age, plain)),)

    return (
        Case(
            "Metrics that are computed no longer fire",
            {tick: seen.throughout(stands)},
            seen.firing + seen.step,
            expected(seen.firing + seen.step),
        ),
        Case("Metrics that are computed do not fire", {tick: seen.throughout(moves)}, seen.over, ()),
        Case("A pause does not fire", {tick: seen.throughout(stands)}, seen.pending, ()),
        Case(
            "One exporter of a pair is enough",
            {tick: seen.throughout(stands), twin: seen.throughout(moves)},
            seen.over,
            (),
        ),
        Case(
            "An exporter that then goes down resolves nothing while keep_firing_for lasts",
            {tick: seen.missing_after(stands, stands)},
            seen.in_outage,
            expected(seen.outage - seen.step),
            outage=True,
        ),
    )


def _watchdog(monitoring: Monitoring) -> Alert:
    annotations = {
        "summary": "Alerting works: this alert always fires",
        "description": "Send it to a dead man's switch: when it stops arriving, no alert arrives.",
        "runbook_url": runbook(monitoring, WATCHDOG),
    }
    expected = (ExpectedAlert({"severity": "none"}, annotations),)
    return Alert(
        name=WATCHDOG,
        subject="alerting itself",
        expression="vector(1)",
        labels={"severity": "none"},
        annotations=annotations,
        cases=(
            Case("It always fires", {}, 60, expected),
            Case(
                "It fires when nothing else is there any more",
                {selector("up", instance="one:9877"): "1x5 stale"},
                3600,
                expected,
                outage=True,
            ),
        ),
    )


GROUP = AlertGroup(
    "exporter",
    "The exporter: nobody watches the models.",
    {
        DOWN: "No exporter that watches the model can be scraped.",
        STALLED: "The exporter answers, but has computed no metrics for ten ticks (at least two minutes): what it"
        " shows is old.",
        WATCHDOG: "Always fires, so that a dead man's switch can tell when alerting itself is broken.",
    },
    _alerts,
    told_together={DOWN: ("alertname",), STALLED: ("alertname",)},
)
