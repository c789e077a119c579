"""A Helm chart. Its files are the manifests; its templates put the values into them."""

from collections.abc import Iterator, Sequence
from importlib import resources
from importlib.resources.abc import Traversable

from ml_exporter import __version__
from ml_exporter.bundle.forms import Form, Source
from ml_exporter.bundle.forms.manifests import (
    NAME,
    Manifest,
    alertmanager_manifests,
    dashboard_manifests,
    exporter_manifests,
    rule_manifests,
    service_monitor,
)
from ml_exporter.bundle.generated import GeneratedFile, Part, yaml_file
from ml_exporter.config import Monitoring

_FOLDER = f"helm/{NAME}"


def _convert(files: Sequence[GeneratedFile], monitoring: Monitoring, source: Source) -> Sequence[GeneratedFile]:
    def manifest(name: str, part: Part, content: Manifest) -> GeneratedFile:
        about = "A manifest, into which the templates put the values."
        return yaml_file(f"{_FOLDER}/files/{name}.yml", part, content, source=source.name, about=about)

    configuration, service, exporter = exporter_manifests(monitoring, source.text)
    return [
        _chart(source),
        *_templates(),
        manifest("configuration", "scrape", configuration),
        manifest("service", "scrape", service),
        manifest("exporter", "scrape", exporter),
        manifest("service-monitor", "scrape", service_monitor(monitoring)),
        *(manifest(f"rules-{topic}", "rules", content) for topic, content in rule_manifests(files)),
        *(manifest(name, "routes", content) for name, content in alertmanager_manifests(files)),
        *(manifest(f"dashboard-{name}", "dashboards", content) for name, content in dashboard_manifests(files)),
    ]


def _chart(source: Source) -> GeneratedFile:
    content = {
        "apiVersion": "v2",
        "name": NAME,
        "description": "node_exporter for models: is the model in production still right?",
        "type": "application",
        "version": __version__,
        "appVersion": __version__,
        "kubeVersion": ">=1.25.0-0",
        "keywords": ["monitoring", "prometheus", "machine learning"],
    }
    about = "A chart: the exporter, and what the Prometheus operator and Grafana need."
    return yaml_file(f"{_FOLDER}/Chart.yaml", "scrape", content, source=source.name, about=about)


def _templates() -> Iterator[GeneratedFile]:
    """Yield the files of the chart that are the same for every configuration."""
    for path, text in _texts(resources.files(__package__).joinpath("chart"), ""):
        yield GeneratedFile(f"{_FOLDER}/{path}", text, "scrape")


def _texts(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _texts(entry, f"{above}{entry.name}/")
        else:
            yield f"{above}{entry.name}", entry.read_text(encoding="utf-8")


FORM = Form("helm", "a chart, for clusters with the Prometheus operator", _convert)
