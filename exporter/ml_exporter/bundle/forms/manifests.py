"""Manifests of Kubernetes, for the forms that need them: what they are called, and what they hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml

from ml_exporter.bundle.forms.alertmanager_config import alertmanager_config_spec
from ml_exporter.bundle.generated import GeneratedFile
from ml_exporter.bundle.promql import JOB
from ml_exporter.config import Monitoring

NAME = "ml-exporter"
"""What everything is called, and what the exporter's Service is labelled with: Prometheus takes it for the job."""

CONFIGURATION_FOLDER = "/etc/ml-exporter"
"""Where the configuration file lies in the container."""

USER = 9877
"""The user of the image."""

_IMAGE = "ml-exporter:0.1.0"
_LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": NAME}
_SELECTED = {"release": "kube-prometheus-stack"}
"""What kube-prometheus-stack selects monitors and rules by, where it is installed under its own name."""

Manifest = dict[str, Any]


def metadata(name: str, *, selected: bool = False, **labels: str) -> Manifest:
    """Return a manifest's metadata.

    Args:
        name: of the object.
        selected: whether kube-prometheus-stack has to find it.
        labels: further ones.
    """
    return {"name": name, "labels": {**_LABELS, **(_SELECTED if selected else {}), **labels}}


def exporter_manifests(monitoring: Monitoring, configuration: str) -> list[Manifest]:
    """Return the exporter itself: its configuration, its Service, and one pod that owns a volume."""
    port = _port(monitoring)
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(f"{NAME}-configuration"),
            "data": {"monitoring.yml": configuration},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(NAME),
            "spec": {
                "selector": {"app.kubernetes.io/name": NAME},
                "ports": [{"name": "http", "port": port, "targetPort": "http"}],
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": metadata(NAME),
            "spec": {
                "serviceName": NAME,
                "replicas": 1,
                "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
                "template": {"metadata": {"labels": _LABELS}, "spec": _pod(monitoring, port)},
                "volumeClaimTemplates": [
                    {
                        "metadata": {"name": "store"},
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": "10Gi"}},
                        },
                    }
                ],
            },
        },
    ]


def store_folder(monitoring: Monitoring) -> str:
    """Return where the store lies in the container."""
    return str(PurePosixPath(CONFIGURATION_FOLDER) / monitoring.store.path)


def _port(monitoring: Monitoring) -> int:
    return int(monitoring.server.listen[0].rpartition(":")[2])


def _pod(monitoring: Monitoring, port: int) -> Manifest:
    def asked(path: str, **patience: int) -> Manifest:
        return {"httpGet": {"path": path, "port": "http"}, **patience}

    container = {
        "name": NAME,
        "image": _IMAGE,
        "ports": [{"name": "http", "containerPort": port}],
        "startupProbe": asked("/-/ready", periodSeconds=5, failureThreshold=60),
        "readinessProbe": asked("/-/ready"),
        "livenessProbe": asked("/-/healthy", periodSeconds=30),
        "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {
                "name": "configuration",
                "mountPath": f"{CONFIGURATION_FOLDER}/monitoring.yml",
                "subPath": "monitoring.yml",
                "readOnly": True,
            },
            {"name": "store", "mountPath": store_folder(monitoring)},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - of the container
        ],
    }
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "configuration", "configMap": {"name": f"{NAME}-configuration"}},
            {"name": "tmp", "emptyDir": {}},
        ],
    }


def service_monitor(monitoring: Monitoring) -> Manifest:
    """Return the ServiceMonitor: the series get the job that the rules look for."""
    assert JOB == NAME  # noqa: S101 - the label of the Service is what Prometheus takes for the job
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(NAME, selected=True),
        "spec": {
            "jobLabel": "app.kubernetes.io/name",
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
            "endpoints": [{"port": "http", "interval": str(monitoring.prometheus.scrape_interval)}],
        },
    }


def rule_manifests(files: Sequence[GeneratedFile]) -> Iterator[tuple[str, Manifest]]:
    """Yield the topic and the PrometheusRule of each rule file."""
    for made in files:
        path = PurePosixPath(made.path)
        if made.part == "rules" and path.parts[:2] == ("prometheus", "rules"):
            topic = "-".join(path.with_suffix("").parts[2:])
            yield (
                topic,
                {
                    "apiVersion": "monitoring.coreos.com/v1",
                    "kind": "PrometheusRule",
                    "metadata": metadata(_object_name(topic), selected=True),
                    "spec": yaml.safe_load(made.text),
                },
            )


def dashboard_manifests(files: Sequence[GeneratedFile]) -> Iterator[tuple[str, Manifest]]:
    """Yield the name and the ConfigMap of each dashboard, as Grafana's sidecar looks for them."""
    for made in files:
        path = PurePosixPath(made.path)
        if made.part == "dashboards" and path.suffix == ".json":
            found = metadata(_object_name(f"dashboard-{path.stem}"), grafana_dashboard="1")
            found["annotations"] = {"grafana_folder": "Machine learning"}
            yield (
                path.stem,
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": found, "data": {path.name: made.text}},
            )


def alertmanager_manifests(files: Sequence[GeneratedFile]) -> Iterator[tuple[str, Manifest]]:
    """Yield the AlertmanagerConfig, and the ConfigMap with the templates of its messages.

    Raises:
        FormError: the configuration wants what an AlertmanagerConfig cannot say.
    """
    templates = {
        PurePosixPath(made.path).name: made.text
        for made in files
        if made.part == "routes" and made.path.endswith(".tmpl")
    }
    for made in files:
        if made.path == "alertmanager/alertmanager.yml":
            yield (
                "alertmanager",
                {
                    "apiVersion": "monitoring.coreos.com/v1alpha1",
                    "kind": "AlertmanagerConfig",
                    "metadata": metadata(NAME, selected=True),
                    "spec": alertmanager_config_spec(yaml.safe_load(made.text)),
                },
            )
    if templates:
        found = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(TEMPLATES), "data": templates}
        yield "alertmanager-templates", found


TEMPLATES = f"{NAME}-alertmanager-templates"
"""The ConfigMap with the templates of messages."""


def stack_values() -> Mapping[str, Any]:
    """Return what kube-prometheus-stack has to be told for all of this to take effect."""
    return {
        "prometheus": {
            "prometheusSpec": {"ruleSelectorNilUsesHelmValues": False, "serviceMonitorSelectorNilUsesHelmValues": False}
        },
        "alertmanager": {
            "alertmanagerSpec": {
                "alertmanagerConfigSelector": {"matchLabels": _SELECTED},
                "alertmanagerConfigMatcherStrategy": {"type": "None"},
                "configMaps": [TEMPLATES],
            },
            "config": {
                "templates": ["/etc/alertmanager/config/*.tmpl", f"/etc/alertmanager/configmaps/{TEMPLATES}/*.tmpl"]
            },
        },
        "grafana": {"sidecar": {"dashboards": {"folderAnnotation": "grafana_folder"}}},
    }


def _object_name(name: str) -> str:
    """Return a name that Kubernetes takes.

    >>> _object_name("label_supply")
    'ml-exporter-label-supply'
    """
    return f"{NAME}-{re.sub(r'[^a-z0-9.-]+', '-', name.lower()).strip('-.')}"
