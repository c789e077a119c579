"""alertmanager.yml and its message templates."""

from collections.abc import Iterable, Mapping
from typing import Any

from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.inhibitions import inhibitions
from ml_exporter.bundle.receivers import read_template, receiver_kinds
from ml_exporter.bundle.routing import BUSINESS_HOURS, route_cases, route_tree
from ml_exporter.bundle.secrets import secret_path
from ml_exporter.config import NOBODY, Monitoring


def route_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make alertmanager.yml, the templates that its receivers use, and a test of its routes for amtool."""
    about = (
        "Alertmanager: who is told of what.\n"
        "Routes: by severity, owner and team, then one message per cause. What no route names is shown, but told to\n"
        "nobody.\n"
        "Inhibited: everything about a model whose exporter is down or stuck; the quality of a model whose feed has\n"
        "stalled; a milder alert about the same metric.\n"
        "Paths of secrets start from this file's folder: the configuration's own folder is the one above."
    )
    yield yaml_file("alertmanager/alertmanager.yml", "routes", _content(monitoring), source=source, about=about)
    kinds = receiver_kinds()
    needed = {name for receiver in monitoring.alerting.receivers for name in kinds[receiver.kind].templates}
    for name in sorted(needed):
        yield GeneratedFile(f"alertmanager/templates/{name}.tmpl", read_template(name), "routes")
    yield GeneratedFile("alertmanager/tests/routes.sh", _test_script(monitoring, source), "routes")


def _content(monitoring: Monitoring) -> dict[str, Any]:
    intervals = _time_intervals(monitoring)
    return {
        "templates": ["templates/*.tmpl"],
        "route": route_tree(monitoring),
        **({"time_intervals": intervals} if intervals else {}),
        "inhibit_rules": inhibitions(escalates=bool(monitoring.alerting.escalation)),
        "receivers": [{"name": NOBODY}, *_receivers(monitoring)],
    }


def _time_intervals(monitoring: Monitoring) -> list[dict[str, Any]]:
    hours = monitoring.alerting.business_hours
    if hours is None:
        return []
    interval = {
        "weekdays": list(hours.days),
        "times": [{"start_time": hours.start, "end_time": hours.end}],
        "location": hours.timezone,
    }
    return [{"name": BUSINESS_HOURS, "time_intervals": [interval]}]


def _receivers(monitoring: Monitoring) -> list[Mapping[str, Any]]:
    kinds = receiver_kinds()
    return [
        {"name": receiver.name, **kinds[receiver.kind].configuration(receiver.options, secret_path)}
        for receiver in monitoring.alerting.receivers
    ]


_SCRIPT = """\
#!/bin/sh
# Who is told of what, checked by Alertmanager's own tool: sh alertmanager/tests/routes.sh
# Made by `ml-exporter bundle` from {source}; a change by hand is lost when it is made again.
set -eu
file="$(dirname "$0")/../alertmanager.yml"
told() {{
    receivers=$1
    shift
    found=$(amtool config routes test --config.file="$file" --verify.receivers="$receivers" "$@" 2>&1) ||
        {{ echo "$* should be told to $receivers: $found" >&2; exit 1; }}
}}
{cases}
echo "{count} routes are as expected"
"""


def _test_script(monitoring: Monitoring, source: str) -> str:
    cases = route_cases(monitoring)
    lines = (
        f"told {','.join(case.receivers)} {' '.join(f'{name}={value}' for name, value in case.labels.items())}"
        for case in cases
    )
    return _SCRIPT.format(source=" ".join(source.split()), cases="\n".join(lines), count=len(cases))
