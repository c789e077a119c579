"""docker-compose.yml: read by compose itself, and consistent with what it runs. No engine starts it here."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from ml_exporter.cli import build
from ml_exporter.pipeline import load_configuration

_ROOT = Path(__file__).parents[2]
_CONFIGURATION = _ROOT / "examples" / "compose.yml"


def _composed(**environment: str) -> dict[str, Any]:
    """Return the project as compose understands it."""
    done = subprocess.run(
        ["docker-compose", "--project-directory", str(_ROOT), "config", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    project: dict[str, Any] = json.loads(done.stdout)
    return project


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = _composed()["services"]
    return found


def test_compose_reads_the_file_and_finds_the_demo_in_it(services: dict[str, Any]) -> None:
    assert set(services) == {"bundle", "exporter", "prometheus", "alertmanager", "grafana", "producer", "inbox"}


def test_without_the_profile_the_demo_is_left_out_and_the_configuration_is_ones_own() -> None:
    project = _composed(COMPOSE_PROFILES="", MONITORING="/srv/monitoring.yml", SLACK_URL="https://slack.example")
    assert not {"producer", "inbox"} & set(project["services"])
    for name in ("bundle", "exporter"):
        mounted = {volume["target"]: volume["source"] for volume in project["services"][name]["volumes"]}
        assert mounted["/etc/ml-exporter/monitoring.yml"] == "/srv/monitoring.yml"


def test_images_of_others_are_pinned_and_ours_has_the_packages_version(services: dict[str, Any]) -> None:
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    for service in services.values():
        tag = service["image"].partition(":")[2]
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag), service["image"]
        if "build" in service:
            assert tag == version


def test_nobody_is_root_and_nobody_may_become_it(services: dict[str, Any]) -> None:
    for service in services.values():
        assert int(service["user"].partition(":")[0]) > 0
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_server_has_a_health_check_and_is_reached_from_this_machine_alone(services: dict[str, Any]) -> None:
    for name in ("exporter", "prometheus", "alertmanager", "grafana"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services[name]["restart"] == "unless-stopped"
        assert [port["host_ip"] for port in services[name]["ports"]] == ["127.0.0.1"]


def test_what_lasts_is_kept_in_volumes(services: dict[str, Any]) -> None:
    kept = {
        (name, volume["target"])
        for name, service in services.items()
        for volume in service.get("volumes", [])
        if volume["type"] == "volume" and not volume.get("read_only")
    }
    assert kept == {
        ("bundle", "/bundle"),
        ("exporter", "/var/lib/ml-exporter"),
        ("prometheus", "/prometheus"),
        ("alertmanager", "/alertmanager"),
        ("grafana", "/var/lib/grafana"),
        ("producer", "/feed"),
    }


def test_the_commands_are_commands_of_ours(services: dict[str, Any]) -> None:
    known = set(get_command(build()).commands)  # type: ignore[attr-defined] # a group has them
    assert services["bundle"]["command"][0] in known
    assert services["exporter"]["healthcheck"]["test"][1:3] == ["ml-exporter", "health"]
    for name in ("producer", "inbox"):
        entrypoint = services[name]["entrypoint"]
        assert entrypoint[:2] == ["python", "-m"]
        assert (_ROOT / "exporter" / Path(*entrypoint[2].split(".")).with_suffix(".py")).is_file()


def test_addresses_in_the_configuration_are_those_of_services(services: dict[str, Any]) -> None:
    monitoring = load_configuration(_CONFIGURATION)
    address = monitoring.prometheus.address
    assert address is not None
    named = [*monitoring.prometheus.targets, *monitoring.prometheus.alertmanagers, address.partition("//")[2]]
    for place in named:
        host, _, port = place.rpartition(":")
        assert port in {str(published["target"]) for published in services[host]["ports"]}
    secrets = {secret["target"] for secret in services["alertmanager"]["secrets"]}
    assert {receiver.options.model_dump()["url_file"] for receiver in monitoring.alerting.receivers} == secrets


def test_the_configuration_is_the_demos_but_for_where_things_are() -> None:
    elsewhere = {"feeds", "store", "server", "prometheus", "alerting"}
    ours, demo = (
        yaml.safe_load((_ROOT / "examples" / name).read_text(encoding="utf-8")) for name in ("compose.yml", "demo.yml")
    )
    assert {key: value for key, value in ours.items() if key not in elsewhere} == {
        key: value for key, value in demo.items() if key not in elsewhere
    }
    assert ours["alerting"]["timing"] == demo["alerting"]["timing"]
    assert ours["alerting"]["routes"] == demo["alerting"]["routes"]
    for own, its in zip(ours["feeds"], demo["feeds"], strict=True):
        assert own.pop("path").endswith(its.pop("path"))
        assert own == its
