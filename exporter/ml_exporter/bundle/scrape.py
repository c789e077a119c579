"""prometheus.yml."""

from ml_exporter.bundle.generated import GeneratedFile, yaml_file
from ml_exporter.bundle.promql import JOB
from ml_exporter.bundle.remote_write import remote_write
from ml_exporter.bundle.secrets import secret_path
from ml_exporter.config import Monitoring


def scrape_file(monitoring: Monitoring, source: str) -> GeneratedFile:
    """Make a prometheus.yml that scrapes the exporter and loads the rules."""
    settings = monitoring.prometheus
    stores = [remote_write(store, secret_path) for store in settings.remote_write]
    content = {
        "global": {
            "scrape_interval": str(settings.scrape_interval),
            "evaluation_interval": str(settings.scrape_interval),
            "external_labels": dict(sorted(settings.external_labels.items())),
        },
        "rule_files": ["rules/*.yml"],
        "alerting": {
            "alert_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
            "alertmanagers": [{"static_configs": [{"targets": settings.alertmanagers}]}],
        },
        **({"remote_write": stores} if stores else {}),
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": targets}]}
            for job, targets in (
                (JOB, settings.targets),
                ("prometheus", [settings.own_address]),  # whether rules and notifications fail
                ("alertmanager", settings.alertmanagers),
            )
            if targets
        ],
    }
    about = (
        "Prometheus: scrapes the exporter, itself and Alertmanager, loads the rules, sends alerts.\n"
        f"Start it with --storage.tsdb.retention.time={settings.retention}.\n"
        "The label `replica` is dropped from alerts, so that two servers with the same rules page once."
    )
    return yaml_file("prometheus/prometheus.yml", "scrape", content, source=source, about=about)
