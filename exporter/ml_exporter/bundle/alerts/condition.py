"""A condition that raises an alert, with what its tests need: how its series look in calm and in trouble."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ml_exporter.bundle.alerts import Alert, AlertGroup, Case, ExpectedAlert, RestsOn
from ml_exporter.bundle.alerts.course import Course, course
from ml_exporter.bundle.alerts.told import Told
from ml_exporter.bundle.promql import selector
from ml_exporter.bundle.templating import literal
from ml_exporter.config import Monitoring, Severity


@dataclass(frozen=True)
class AlertKind:
    """What all rules of one name have in common."""

    name: str
    meaning: str
    """When it fires, for the documentation."""

    severity: Severity = "warning"
    threshold: float | None = None
    """What the value is compared with by default, where that is a number that the user may change."""

    by_instance: bool = False
    """Whether it is about a machine: every instance is told for itself."""

    history: float = 0.0
    """Seconds of the past without which it tells nothing."""

    rests_on: RestsOn | None = None
    """Events without which it tells nothing new; see ``AlertGroup``."""

    remembers: bool = False
    """Whether what was before still counts: its tests then begin in trouble."""


@dataclass(frozen=True)
class Sample:
    """A series that the condition looks at, without its instance."""

    family: str
    labels: Mapping[str, str]
    calm: float | str
    """Its value while all is well, in promtool's notation."""

    troubled: float | str
    """Its value in trouble."""

    def series(self, instance: str) -> str:
        """Return it as a target shows it: an exporter, unless its labels name another job."""
        return selector(self.family, **self.labels, instance=f"{instance}:9877")


def steady(family: str, labels: Mapping[str, str], value: float | str) -> Sample:
    """Return a series that is the same in calm and in trouble."""
    return Sample(family, labels, value, value)


@dataclass(frozen=True)
class Condition:
    """One alerting rule, and its tests."""

    kind: AlertKind
    expression: str
    labels: Mapping[str, str]
    """Labels that the rule adds, but the severity."""

    brought: Mapping[str, str]
    """Labels that the samples of the tests bring."""

    annotations: Mapping[str, Told]
    samples: Sequence[Sample]
    severity: Severity | None = None
    """Where it differs from that of its kind."""


Conditions = Callable[[Monitoring], Sequence[Condition]]
MoreCases = Callable[[Monitoring], Sequence[Case]]


def alert_group(
    topic: str,
    about: str,
    kinds: Sequence[AlertKind],
    conditions: Conditions,
    *,
    area: str = "always",
    about_models: bool = True,
    more_cases: MoreCases | None = None,
    recordings: Sequence[str] = (),
    told_together: Mapping[str, tuple[str, ...]] | None = None,
) -> AlertGroup:
    """Return the group of the alerts that some conditions raise, each with the cases that it has to stand.

    Args:
        topic: as for the group.
        about: as for the group.
        kinds: of all alerts that the conditions may raise.
        conditions: returns those of a configuration.
        area: as for the group.
        about_models: as for the group.
        more_cases: returns cases beyond those that every condition has to stand.
        recordings: as for the group.
        told_together: as for the group.
    """

    def alerts(monitoring: Monitoring) -> list[Alert]:
        return [_alert(monitoring, condition) for condition in conditions(monitoring)]

    def cases(monitoring: Monitoring) -> list[Case]:
        made = conditions(monitoring)
        return [
            *(
                case
                for kind in kinds
                for case in _cases(monitoring, kind, [condition for condition in made if condition.kind == kind])
            ),
            *(more_cases(monitoring) if more_cases else ()),
        ]

    return AlertGroup(
        topic,
        about,
        {kind.name: kind.meaning for kind in kinds},
        alerts,
        cases,
        told_together=told_together or {},
        rests_on={kind.name: kind.rests_on for kind in kinds if kind.rests_on is not None},
        thresholds={kind.name: kind.threshold for kind in kinds if kind.threshold is not None},
        area=area,
        about_models=about_models,
        recordings=recordings,
    )


def _alert(monitoring: Monitoring, condition: Condition) -> Alert:
    timing = monitoring.alerting.timing
    return Alert(
        name=condition.kind.name,
        expression=condition.expression,
        labels={name: literal(text) for name, text in _labels(condition).items()},
        annotations={name: text.template for name, text in condition.annotations.items()},
        for_=str(timing.for_),
        keep_firing_for=str(timing.keep_firing_for),
    )


def _labels(condition: Condition) -> dict[str, str]:
    return {"severity": condition.severity or condition.kind.severity, **condition.labels}


def expected(condition: Condition) -> ExpectedAlert:
    """Return the alert that a condition raises in its tests."""
    labels = {**condition.brought, **_labels(condition)}
    return ExpectedAlert(labels, {name: text.printed for name, text in condition.annotations.items()})


def _cases(monitoring: Monitoring, kind: AlertKind, conditions: Sequence[Condition]) -> list[Case]:
    if not conditions:
        return []
    seen = course(monitoring, history=kind.history)
    fires = [expected(condition) for condition in conditions]
    alone = kind.by_instance or len(monitoring.prometheus.targets) > 1  # several share events, which are added up
    instances, pair = (("one",), "") if alone else (("one", "two"), ", once for a pair of exporters")

    def lasting(values: Callable[[float | str, float | str], str], *names: str) -> dict[str, str]:
        return {
            sample.series(name): values(sample.calm, sample.troubled)
            for condition in conditions
            for sample in condition.samples
            for name in names or ("one",)
        }

    def well(calm: float | str, _troubled: float | str) -> str:
        return seen.throughout(calm)

    def troubled(calm: float | str, troubled: float | str) -> str:
        return seen.throughout(troubled) if kind.remembers else seen.changed(calm, troubled)

    def going_missing(calm: float | str, troubled: float | str) -> str:
        return seen.missing_after(troubled if kind.remembers else calm, troubled)

    over = Case(kind.name, "What is over resolves when keep_firing_for is over", lasting(seen.calm_again), seen.over)
    return [
        Case(kind.name, f"What lasts fires{pair}", lasting(troubled, *instances), seen.firing, fires),
        Case(kind.name, "While all is well it does not fire", lasting(well), seen.over),
        Case(kind.name, "What is short does not fire", lasting(seen.changed), seen.pending),
        *([] if kind.remembers else [over]),
        Case(
            kind.name,
            "Samples that go missing resolve nothing while keep_firing_for lasts",
            lasting(going_missing),
            seen.in_outage,
            fires,
            outage=True,
        ),
    ]


def with_samples(condition: Condition, seen: Course, values: Callable[[Sample, Course], str | None]) -> dict[str, str]:
    """Return the series of a condition with other values than usual; None leaves one out."""
    listed = {sample.series("one"): values(sample, seen) for sample in condition.samples}
    return {series: text for series, text in listed.items() if text is not None}
