"""The section ``alerting``: who is told, how fast, and where the links lead."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo

from ml_exporter.config.alert_rule import AlertRules
from ml_exporter.config.base import Section, Wrong, attempt, refusal
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.location import Location
from ml_exporter.config.names import Name, PageAddress, TimeOfDay, TimeZone
from ml_exporter.config.severity import Severity


class TimingSettings(Section):
    """How patient the alerts are. Defaults suit production; a demo shortens them."""

    for_: Duration = Field(default=Duration.parse("5m"), alias="for")
    """How long a condition must hold before its alert fires."""

    keep_firing_for: Duration = Duration.parse("15m")
    """How long an alert stays on after its sample has gone, so that an outage resolves nothing."""

    group_wait: Duration = Duration.parse("30s")
    """How long Alertmanager waits for alerts that belong into one message."""

    group_interval: Duration = Duration.parse("5m")
    """How long until a message tells what has been added to a group."""

    repeat_interval: Duration = Duration.parse("4h")
    """How long until an alert that still fires is told again."""

    watchdog_interval: Duration = Duration.parse("5m")
    """How often the dead man's switch hears that alerting works."""


class LinkSettings(Section):
    """Where the links in notifications lead."""

    grafana: PageAddress = "http://localhost:3000"
    """Grafana's address as people reach it."""

    prometheus: PageAddress = "http://localhost:9090"
    """Prometheus' address as people reach it."""

    alertmanager: PageAddress = "http://localhost:9093"
    """Alertmanager's address as people reach it."""

    runbooks: PageAddress = "https://github.com/ml-exporter/ml-exporter/blob/main/docs/runbooks"
    """Where the runbooks lie; a page has its alert's name and the ending .md."""


NOBODY = "nobody"
"""The receiver in the generated alertmanager.yml of what nobody is to be told."""


def _not_reserved(name: str) -> str:
    if name == NOBODY:
        raise ValueError("is what the generated alertmanager.yml calls telling nobody; choose another name")
    return name


class ReceiverSettings(Section):
    """One place that is notified. Each kind of receiver (slack, ...) brings the options of its own."""

    name: Annotated[Name, AfterValidator(_not_reserved)]
    """The receiver's name, for routes."""

    kind: str
    """The kind of receiver, from the one key beside `name`."""

    options: SerializeAsAny[Section]
    """The options of that kind."""


def _receiver_of_its_kind(value: Any, info: ValidationInfo) -> Any:
    """Validate ``{name: team, slack: {...}}`` with the settings of its kind, which the caller brings along."""
    if not isinstance(value, dict):
        return value
    kinds: Mapping[str, type[Section]] = (info.context or {}).get("receivers", {})
    named = [str(key) for key in value if key != "name"]
    options: Section | None = None
    if len(named) == 1 and named[0] in kinds:
        options, wrong = attempt(kinds[named[0]], value[named[0]], info.context, (named[0],))
    else:
        wrong = [((), _no_kind(named, list(kinds)))]
    receiver = {"name": value.get("name", *named[:1]), "kind": named[0] if named else "", "options": options}
    if wrong:
        found = attempt(ReceiverSettings, {**receiver, "options": {}}, info.context)[1]
        raise refusal("receiver", [*wrong, *(entry for entry in found if entry[0] == ("name",))])
    return receiver


def receiver_names(alerting: Mapping[str, Any]) -> list[tuple[Location, str]]:
    """Return where the name of each receiver stands, and the name: its kind, where it has none of its own."""
    receivers = alerting.get("receivers")
    found: list[tuple[Location, str]] = []
    for index, receiver in enumerate(receivers if isinstance(receivers, list) else []):
        if isinstance(receiver, dict):
            name = receiver.get("name", next((key for key in receiver), None))
            if isinstance(name, str):
                found.append((("alerting", "receivers", index, "name"), name))
    return found


def _no_kind(named: list[str], kinds: list[str]) -> str:
    choice = f"give it `name` and one kind out of {', '.join(kinds)}"
    if len(named) > 1:
        return f"the receiver has {', '.join(map(repr, named))}: more than one kind; {choice}"
    return f"the receiver has {repr(named[0]) + ', which is no kind' if named else 'no kind'}; {choice}"


class SeverityRoutes(Section):
    """Which receivers hear of which severity."""

    critical: list[str] | None = None
    """Receivers of critical alerts: somebody is paged."""

    warning: list[str] | None = None
    """Receivers of warnings: somebody looks at it today."""

    info: list[str] | None = None
    """Receivers of information: shown, nobody is disturbed."""


class RouteSettings(Section):
    """Which receivers hear of which severity."""

    critical: list[str] = []
    """Receivers of critical alerts: somebody is paged."""

    warning: list[str] = []
    """Receivers of warnings: somebody looks at it today."""

    info: list[str] = []
    """Receivers of information: shown, nobody is disturbed."""

    teams: dict[Name, SeverityRoutes] = {}
    """Team to its own receivers: for the severities that stand there they hear of its models, and the general ones do
    not. A model says whose it is by its `team`."""

    owners: dict[Name, SeverityRoutes] = {}
    """Owner to receivers that are told as well, of the models that name this `owner`."""

    watchdog: list[str] = []
    """Receivers of the alert that always fires: a dead man's switch that calls when it stops coming."""


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class BusinessHours(Section):
    """When people are at work. What waits for it is told when it begins, if it still fires."""

    days: list[Weekday] = Field(default=["monday", "tuesday", "wednesday", "thursday", "friday"], min_length=1)
    """The days."""

    start: TimeOfDay = "08:00"
    """When they begin."""

    end: TimeOfDay = "18:00"
    """When they end; `24:00` for midnight."""

    timezone: TimeZone = "UTC"
    """The zone that they are in."""

    severities: list[Severity] = Field(default=["warning", "info"], min_length=1)
    """The severities that wait for them."""

    @classmethod
    def between(cls, values: Mapping[str, Any]) -> Iterable[Wrong]:
        """Find hours that end before they begin."""
        start, end = (values.get(key, cls.model_fields[key].default) for key in ("start", "end"))
        if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) == len("00:00") and start >= end:
            yield ("end",), f"'{end}' is not after `start`, '{start}'; choose a later one"


class EscalationTier(Section):
    """Who is told as well of what has been firing for long."""

    after: Duration
    """How long an alert must have been firing."""

    severities: list[Severity] = Field(default=["critical"], min_length=1)
    """The severities of which it is told."""

    receivers: list[str] = Field(min_length=1)
    """Who is told."""


class AlertSettings(Section):
    """What is different about a generated alert."""

    enabled: bool | None = None
    """Whether it is generated. Default: where the model's strategy has it; without a strategy, yes."""

    severity: Severity | None = None
    """Its severity, where it is to be another one."""

    threshold: float | None = None
    """What its value is compared with; docs/alerts.md has the default, and which alerts take one."""


def _known_alerts(value: dict[str, AlertSettings], info: ValidationInfo) -> dict[str, AlertSettings]:
    """Refuse settings of alerts that the bundle does not generate, and thresholds where it has none."""
    known: Mapping[str, float | None] = (info.context or {}).get("alerts", {})
    if not known:
        return value
    wrong: list[Wrong] = []
    for name, settings in value.items():
        if name not in known:
            wrong.append(((name,), f"is no alert of the bundle; {closest(name, sorted(known))}"))
        elif settings.threshold is not None and known[name] is None:
            wrong.append(((name, "threshold"), "this alert compares nothing with a threshold; remove it"))
    if wrong:
        raise refusal("alerts", wrong)
    return value


AlertChoices = Annotated[dict[str, AlertSettings], AfterValidator(_known_alerts)]
"""Name of a generated alert to what is different about it."""


def _about_a_model(value: dict[str, AlertSettings], info: ValidationInfo) -> dict[str, AlertSettings]:
    """Refuse what a model says of alerts that are about no model: it would change nothing."""
    own: frozenset[str] = (info.context or {}).get("alerts_about_models", frozenset())
    wrong: list[Wrong] = [
        ((name,), f"is about no model, so none can have its own; write it under alerting: alerts: {{{name}: ...}}")
        for name in value
        if own and name not in own
    ]
    if wrong:
        raise refusal("alerts", wrong)
    return value


ModelAlertChoices = Annotated[AlertChoices, AfterValidator(_about_a_model)]
"""The same for the alerts about one model."""


class AlertingSettings(Section):
    """Everything between a metric and a person."""

    alerts: AlertChoices = {}
    """What is different about generated alerts, by name: `{MLHostDiskLow: {severity: critical, threshold: 0.05}}`. See
    docs/alerts.md for their names. A model's own `alerts` go before these."""

    rules: AlertRules = []
    """Alerts of your own: a metric against a threshold."""

    timing: TimingSettings = TimingSettings()
    """How patient the alerts are."""

    links: LinkSettings = LinkSettings()
    """Where the links in notifications lead."""

    alertmanager: PageAddress | None = None
    """Where the exporter itself asks Alertmanager for active alerts, for its status page and /api/v1/alerts:
    `http://localhost:9093`. Default: nowhere."""

    receivers: list[Annotated[ReceiverSettings, BeforeValidator(_receiver_of_its_kind)]] = []
    """The places that are notified."""

    routes: RouteSettings = RouteSettings()
    """Which of them hears of which severity."""

    business_hours: BusinessHours | None = None
    """When people are at work, and what waits for it. Default: nothing waits."""

    escalation: list[EscalationTier] = []
    """Who is told as well of what has been firing for long, tier by tier. What is silenced may still be told: silence
    it by its model, not by the name of its alert."""
