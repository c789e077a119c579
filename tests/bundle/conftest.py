"""The bundles of five configurations, each made once and written into a folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

from ml_exporter.bundle import GeneratedFile, generate, write
from ml_exporter.bundle.alerts import Alert, Case, alert_groups
from ml_exporter.bundle.alerts.choice import chosen
from ml_exporter.config import Monitoring
from ml_exporter.pipeline import load_configuration
from tests.bundle.configurations import written
from tests.bundle.served import Server, serving_history


@dataclass(frozen=True)
class Bundle:
    """A bundle in its folder."""

    folder: Path
    monitoring: Monitoring = field(repr=False)
    files: tuple[GeneratedFile, ...] = field(repr=False)

    @cached_property
    def alerts(self) -> list[Alert]:
        """Return every alert that the configuration wants."""
        return [alert for alerts, _ in self._chosen for alert in alerts]

    @cached_property
    def cases(self) -> list[Case]:
        """Return the cases of these alerts."""
        return [case for _, cases in self._chosen for case in cases]

    @cached_property
    def _chosen(self) -> list[tuple[list[Alert], list[Case]]]:
        return [chosen(group, self.monitoring) for group in alert_groups()]

    @property
    def rule_files(self) -> list[Path]:
        """Return Prometheus' rule files."""
        return sorted((self.folder / "prometheus" / "rules").glob("*.yml"))

    @property
    def test_files(self) -> list[Path]:
        """Return their unit tests."""
        return sorted((self.folder / "prometheus" / "tests").glob("*.yml"))

    @property
    def alertmanager_file(self) -> Path:
        """Return alertmanager.yml."""
        return self.folder / "alertmanager" / "alertmanager.yml"

    @property
    def dashboard_files(self) -> list[Path]:
        """Return Grafana's dashboards."""
        return sorted((self.folder / "grafana" / "dashboards").glob("*.json"))


def made(folder: Path, name: str) -> Bundle:
    """Make the bundle of a configuration in an empty folder."""
    monitoring = load_configuration(written(folder, name))
    files = generate(monitoring)
    write(files, folder)
    return Bundle(folder, monitoring, files)


@pytest.fixture(scope="session", params=["monitoring", "demo", "fleet", "hostile", "routed"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return the bundle of each configuration."""
    return made(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Return the bundle of the configuration that means harm."""
    return made(tmp_path_factory.mktemp("hostile"), "hostile")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve the history of the fleet."""
    with serving_history(made(tmp_path_factory.mktemp("served"), "fleet")) as running:
        yield running
