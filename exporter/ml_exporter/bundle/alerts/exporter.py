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
_LAST_TICK = "ml_exporter_last_tick_timestamp_seconds"


def _alerts(monitoring: Monitoring) -> Sequence[Alert]:
    return [
        *(_down(monitoring, model) for model in monitoring.models),
        *(_stalled(monitoring, model) for model in monitoring.models),
        _watchdog(monitoring),
    ]


def _cases(monitoring: Monitoring) -> Sequence[Case]:
    return [*_down_cases(monitoring), *_stalled_cases(monitoring), *_watchdog_cases(monitoring)]


def _down(monitoring: Monitoring, model: ModelSettings) -> Alert:
    timing = monitoring.alerting.timing
    return Alert(
        name=DOWN,
        expression=f"absent({selector('up')} == 1)",
        labels={"severity": _SEVERITY, "model_name": literal(model.name)},
        annotations=_down_annotations(monitoring, model, literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.for_),
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


def _down_cases(monitoring: Monitoring) -> Sequence[Case]:
    seen = course(monitoring, kept=monitoring.alerting.timing.for_.seconds)
    up, twin = selector("up", instance="one:9877"), selector("up", instance="two:9877")
    expected = [
        ExpectedAlert(
            {"severity": _SEVERITY, "model_name": model.name},
            _down_annotations(monitoring, model, plain),
        )
        for model in monitoring.models
    ]
    return [
        Case(DOWN, "An exporter that cannot be scraped fires", {up: seen.changed(1, 0)}, seen.firing, expected),
        Case(DOWN, "An exporter that never was there fires", {}, seen.firing, expected),
        Case(DOWN, "An exporter that is scraped does not fire", {up: seen.throughout(1)}, seen.over),
        Case(DOWN, "A restart does not fire", {up: seen.changed(1, 0)}, seen.pending),
        Case(DOWN, "One exporter of a pair is enough", {up: seen.throughout(0), twin: seen.throughout(1)}, seen.over),
        Case(
            DOWN,
            "An exporter that vanishes from the targets goes on firing",
            {up: seen.missing_after(1, 0)},
            seen.over,
            expected,
            outage=True,
        ),
    ]


def _stalled(monitoring: Monitoring, model: ModelSettings) -> Alert:
    last_tick = over_instances("max", selector(_LAST_TICK))
    timing = monitoring.alerting.timing
    return Alert(
        name=STALLED,
        expression=f"time() - {last_tick} > {number(_stalled_after(monitoring))}",
        labels={"severity": _SEVERITY, "model_name": literal(model.name)},
        annotations=_stalled_annotations(monitoring, model, "{{ $value | humanizeDuration }}", literal),
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
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


def _stalled_cases(monitoring: Monitoring) -> Sequence[Case]:
    """Cases in which the last tick goes with the clock, or stands where it is too old from the trouble on."""
    seen = course(monitoring)
    limit = ceil(_stalled_after(monitoring))
    tick, twin = (selector(_LAST_TICK, instance=f"{name}:9877") for name in ("one", "two"))
    stands, moves = f"{seen.trouble - limit}", f"0+{seen.step}"
    stopped = {tick: seen.throughout(stands)}

    def expected(at: int) -> list[ExpectedAlert]:
        age = humanized(at - seen.trouble + limit)
        return [
            ExpectedAlert(
                {"job": JOB, "severity": _SEVERITY, "model_name": model.name},
                _stalled_annotations(monitoring, model, age, plain),
            )
            for model in monitoring.models
        ]

    late = seen.firing + seen.step
    return [
        Case(STALLED, "Metrics that are computed no longer fire", stopped, late, expected(late)),
        Case(STALLED, "Metrics that are computed do not fire", {tick: seen.throughout(moves)}, seen.over),
        Case(STALLED, "A pause does not fire", stopped, seen.pending),
        Case(STALLED, "One exporter of a pair is enough", {**stopped, twin: seen.throughout(moves)}, seen.over),
        Case(
            STALLED,
            "An exporter that then goes down resolves nothing while keep_firing_for lasts",
            {tick: seen.missing_after(stands, stands)},
            seen.in_outage,
            expected(seen.outage - seen.step),
            outage=True,
        ),
    ]


def _watchdog(monitoring: Monitoring) -> Alert:
    return Alert(WATCHDOG, "vector(1)", {"severity": "none"}, _watchdog_annotations(monitoring))


def _watchdog_annotations(monitoring: Monitoring) -> dict[str, str]:
    return {
        "summary": "Alerting works: this alert always fires",
        "description": "Send it to a dead man's switch: when it stops arriving, no alert arrives.",
        "runbook_url": runbook(monitoring, WATCHDOG),
    }


def _watchdog_cases(monitoring: Monitoring) -> Sequence[Case]:
    expected = [ExpectedAlert({"severity": "none"}, _watchdog_annotations(monitoring))]
    gone = {selector("up", instance="one:9877"): "1x5 stale"}
    return [
        Case(WATCHDOG, "It always fires", {}, 60, expected),
        Case(WATCHDOG, "It fires when nothing else is there any more", gone, 3600, expected, outage=True),
    ]


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
    _cases,
    told_together={DOWN: ("alertname",), STALLED: ("alertname",)},
)
