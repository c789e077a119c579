"""Grafana's provisioning: where it finds Prometheus and the dashboards."""

from collections.abc import Iterable

from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.config import Monitoring


def provisioning_files(monitoring: Monitoring, source: str) -> Iterable[GeneratedFile]:
    """Make the files below grafana/provisioning."""
    yield _datasources(monitoring, source)
    yield _provider(source)


def _datasources(monitoring: Monitoring, source: str) -> GeneratedFile:
    content = {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": "ml-prometheus",
                "type": "prometheus",
                "access": "proxy",
                "url": monitoring.prometheus.address or monitoring.alerting.links.prometheus,
                "jsonData": {
                    "httpMethod": "POST",
                    "timeInterval": str(monitoring.prometheus.scrape_interval),
                },
            }
        ],
    }
    return yaml_file(
        "grafana/provisioning/datasources/ml-exporter.yml",
        "dashboards",
        content,
        source=source,
        about="Grafana: where it finds Prometheus. It is not made the default, which another source may be.",
    )


def _provider(source: str) -> GeneratedFile:
    content = {
        "apiVersion": 1,
        "providers": [
            {
                "name": "ml-exporter",
                "folder": "Machine learning",
                "type": "file",
                "allowUiUpdates": False,
                "options": {"path": "/var/lib/grafana/dashboards/ml-exporter"},
            }
        ],
    }
    return yaml_file(
        "grafana/provisioning/dashboards/ml-exporter.yml",
        "dashboards",
        content,
        source=source,
        about="Grafana: loads the dashboards from the folder that grafana/dashboards is mounted or copied to.",
    )
