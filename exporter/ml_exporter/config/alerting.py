"""The section ``alerting``: who is told, how fast, and where the links lead."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo

from ml_exporter.config.base import Section, Wrong, attempt, refusal
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.location import Location
from ml_exporter.config.names import Name, PageAddress

Severity = Literal["info", "warning", "critical"]


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


class RouteSettings(Section):
    """Which receivers hear of which severity."""

    critical: list[str] = []
    """Receivers of critical alerts: somebody is paged."""

    warning: list[str] = []
    """Receivers of warnings: somebody looks at it today."""

    info: list[str] = []
    """Receivers of information: shown, nobody is disturbed."""


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


class AlertingSettings(Section):
    """Everything between a metric and a person."""

    alerts: AlertChoices = {}
    """What is different about generated alerts, by name: `{MLHostDiskLow: {severity: critical, threshold: 0.05}}`. See
    docs/alerts.md for their names. A model's own `alerts` go before these."""

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
