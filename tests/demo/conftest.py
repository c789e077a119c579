"""The demo's configuration on ports of its own, and with less patience than people have."""

from pathlib import Path

import pytest
import yaml

from ml_exporter.demo.processes import free_port
from ml_exporter.demo.workspace import configuration_file


@pytest.fixture
def demo_configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return examples/demo.yml with free ports, and windows of seconds."""
    content = yaml.safe_load(configuration_file().read_text(encoding="utf-8"))
    exporter, prometheus, alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(3))
    content["server"]["listen"] = [exporter]
    content["prometheus"] |= {"targets": [exporter], "alertmanagers": [alertmanager]}
    content["alerting"]["links"] |= {
        "prometheus": f"http://{prometheus}",
        "alertmanager": f"http://{alertmanager}",
    }
    content["alerting"]["alertmanager"] = f"http://{alertmanager}"
    content["windows"] = ["10s", "1m"]
    content["buckets"] = [{"width": "1s", "keep": "1m"}, {"width": "5s", "keep": "10m"}]
    content["models"][0]["objectives"]["accuracy"]["window"] = "10s"
    content["tick"] = "1s"
    content["alerting"]["timing"]["for"] = "8s"
    file = tmp_path_factory.mktemp("configuration") / "monitoring.yml"
    file.write_text(yaml.safe_dump(content))
    return file
