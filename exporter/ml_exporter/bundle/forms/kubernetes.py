"""Manifests for the Prometheus operator, as kube-prometheus-stack installs it."""

from collections.abc import Sequence
from typing import Any

from ml_exporter.bundle.forms import Form, Source
from ml_exporter.bundle.forms.alertmanager_config import SECRET
from ml_exporter.bundle.forms.manifests import (
    alertmanager_manifests,
    dashboard_manifests,
    exporter_manifests,
    rule_manifests,
    service_monitor,
    stack_values,
)
from ml_exporter.bundle.generated import GeneratedFile, Part, yaml_file
from ml_exporter.config import Monitoring

_EXPORTER = (
    "The exporter: its configuration, its Service, and one pod that owns a volume. Mount what its feeds read beside\n"
    "the configuration, and give the image that you have pushed."
)
_MONITOR = "Prometheus finds the exporter by this."
_RULE = "Rules of one topic: {topic}. Prometheus' operator loads them."
_DASHBOARD = "A dashboard: {name}. Grafana's sidecar loads what has the label grafana_dashboard."
_ROUTES = (
    "Who is told of what. Secrets are keys of one Secret, called as the configuration's files are:\n"
    f"kubectl create secret generic {SECRET} --from-file=secrets/"
)
_TEMPLATES = (
    "The templates of the messages: Alertmanager has to be told of them, see helm/values-kube-prometheus-stack.yml."
)
_VALUES = "For kube-prometheus-stack: what it needs to be told to find all of this. helm upgrade ... --values THIS"


def _convert(files: Sequence[GeneratedFile], monitoring: Monitoring, source: Source) -> Sequence[GeneratedFile]:
    parts = {made.part for made in files}

    def written(name: str, part: Part, about: str, *contents: Any) -> GeneratedFile:
        return yaml_file(f"{name}.yml", part, *contents, source=source.name, about=about)

    made: list[GeneratedFile] = []
    if "scrape" in parts:
        made.append(written("kubernetes/exporter", "scrape", _EXPORTER, *exporter_manifests(monitoring, source.text)))
        made.append(written("kubernetes/service-monitor", "scrape", _MONITOR, service_monitor(monitoring)))
        made.append(written("helm/values-kube-prometheus-stack", "scrape", _VALUES, stack_values()))
    for topic, manifest in rule_manifests(files):
        made.append(written(f"kubernetes/rules-{topic}", "rules", _RULE.format(topic=topic), manifest))
    for name, manifest in alertmanager_manifests(files):
        made.append(
            written(f"kubernetes/{name}", "routes", _ROUTES if name == "alertmanager" else _TEMPLATES, manifest)
        )
    for name, manifest in dashboard_manifests(files):
        made.append(written(f"kubernetes/dashboard-{name}", "dashboards", _DASHBOARD.format(name=name), manifest))
    return made


FORM = Form("kubernetes", "manifests for the Prometheus operator and kube-prometheus-stack", _convert)
