"""The section ``alerting``: who is told, how fast, and where the links lead."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration

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

    grafana: str = "http://localhost:3000"
    """Grafana's address as people reach it."""

    prometheus: str = "http://localhost:9090"
    """Prometheus' address as people reach it."""

    alertmanager: str = "http://localhost:9093"
    """Alertmanager's address as people reach it."""

    runbooks: str = "https://github.com/ml-exporter/ml-exporter/blob/main/docs/runbooks"
    """Where the runbooks lie; a page has its alert's name and the ending .md."""


class ReceiverSettings(Section):
    """One place that is notified. Each kind of receiver (slack, ...) brings the options of its own."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_.-]+$")
    """The receiver's name, for routes."""

    kind: str
    """The kind of receiver, from the one key beside `name`."""

    options: SerializeAsAny[Section]
    """The options of that kind."""


def _receiver_of_its_kind(value: Any, info: ValidationInfo) -> Any:
    """Validate ``{name: team, slack: {...}}`` with the settings of its kind, which the caller brings along."""
    if not isinstance(value, dict):
        return value
    kinds = (info.context or {}).get("receivers", {})
    named = sorted(set(value) - {"name"})
    if len(named) != 1 or named[0] not in kinds:
        raise ValueError(
            f"has the keys {', '.join(map(repr, value))}; give it `name` and one kind out of {', '.join(sorted(kinds))}"
        )
    kind = named[0]
    try:
        options = kinds[kind].model_validate(value[kind], context=info.context)
    except ValidationError as error:
        raise ValidationError.from_exception_data(
            error.title, [_below(kind, detail) for detail in error.errors(include_url=False)]
        ) from error
    return {"name": value.get("name", kind), "kind": kind, "options": options}


def _below(kind: str, detail: ErrorDetails) -> InitErrorDetails:
    """Put the receiver's kind in front of an error's location."""
    error: PydanticCustomError | str = detail["type"]
    if detail["type"] == "value_error":
        error = PydanticCustomError("value_error", "{problem}", {"problem": detail["msg"]})
    return InitErrorDetails(type=error, loc=(kind, *detail["loc"]), input=detail["input"], ctx=detail.get("ctx", {}))


class RouteSettings(Section):
    """Which receivers hear of which severity."""

    critical: list[str] = []
    """Receivers of critical alerts: somebody is paged."""

    warning: list[str] = []
    """Receivers of warnings: somebody looks at it today."""

    info: list[str] = []
    """Receivers of information: shown, nobody is disturbed."""


class AlertingSettings(Section):
    """Everything between a metric and a person."""

    timing: TimingSettings = TimingSettings()
    """How patient the alerts are."""

    links: LinkSettings = LinkSettings()
    """Where the links in notifications lead."""

    receivers: list[Annotated[ReceiverSettings, BeforeValidator(_receiver_of_its_kind)]] = []
    """The places that are notified."""

    routes: RouteSettings = RouteSettings()
    """Which of them hears of which severity."""
