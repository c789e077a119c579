"""The sections about the machine: collectors, server, and the process that serves a model."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter.collectors.disk import DiskSettings
from ml_exporter.config import ConfigurationError, Monitoring
from ml_exporter.pipeline import load_configuration


def _load(folder: Path, **sections: Any) -> Monitoring:
    feeds = [{"name": "p", "kind": "file", "path": "p*.jsonl", "events": "predictions"}]
    file = folder / "monitoring.yml"
    file.write_text(yaml.safe_dump({"models": [{"name": "fraud", "task": "binary"}], "feeds": feeds, **sections}))
    return load_configuration(file)


def _problems(folder: Path, **sections: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        _load(folder, **sections)
    return [f"{problem.path}: {problem.message}" for problem in refused.value.problems]


def test_every_collector_has_its_defaults_where_none_is_mentioned(tmp_path: Path) -> None:
    collectors = _load(tmp_path).collectors
    assert set(collectors) == {"cpu", "disk", "gpu", "memory", "network", "process"}
    assert all(settings.enabled for settings in collectors.values())


def test_a_collector_takes_its_own_options_and_those_of_all(tmp_path: Path) -> None:
    collectors = _load(
        tmp_path, collectors={"gpu": {"enabled": False}, "disk": {"mountpoints_exclude": "^/x"}}
    ).collectors
    assert not collectors["gpu"].enabled
    disk = collectors["disk"]
    assert isinstance(disk, DiskSettings)
    assert (disk.mountpoints_exclude, disk.enabled, disk.timeout.seconds) == ("^/x", True, 5.0)


def test_what_is_wrong_with_collectors_is_told_all_at_once_with_its_place(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        collectors={
            "disk": {"mountpoints_exclude": "(", "timeout": "5 parsecs"},
            "cpu": {"enabled": "perhaps", "devices_exclude": "x"},
        },
    )
    assert len(problems) == 4
    told = {problem.partition(": ")[0]: problem.partition(": ")[2] for problem in problems}
    assert "is no regular expression" in told["collectors.disk.mountpoints_exclude"]
    assert "is no duration" in told["collectors.disk.timeout"]
    assert "'perhaps'" in told["collectors.cpu.enabled"]
    assert "is no key that is known here" in told["collectors.cpu.devices_exclude"]


def test_an_unknown_collector_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, collectors={"gpus": {}})
    assert problem == "collectors.gpus: is no key that is known here; did you mean 'gpu'?"


@pytest.mark.parametrize("collectors", ["all", ["cpu"], {"cpu": False}])
def test_collectors_that_are_no_mapping_are_refused(tmp_path: Path, collectors: object) -> None:
    assert len(_problems(tmp_path, collectors=collectors)) == 1


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("9877", "'9877' is no host:port; write for example 0.0.0.0:9877, localhost:9877 or [::1]:9877"),
        (":9877", "':9877' is no host:port"),
        ("localhost:http", "'localhost:http' is no host:port"),
        ("localhost:70000", "'localhost:70000' is no host:port"),
        ("localhost:", "'localhost:' is no host:port"),
        ("::1:9877", "'::1:9877' is no host:port"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str, told: str) -> None:
    (problem,) = _problems(tmp_path, server={"listen": ["127.0.0.1:0", address]})
    assert problem.startswith("server.listen")
    assert told in problem


def test_an_address_that_comes_twice_is_refused(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, server={"listen": ["127.0.0.1:1", "127.0.0.1:1"]})
    assert "names an address twice; name each once" in problem


@pytest.mark.parametrize("process", [{"port": 8080}, {"pid_file": "/run/x.pid"}, {"command": "gunicorn .*fraud"}])
def test_a_process_is_found_one_way(tmp_path: Path, process: dict[str, object]) -> None:
    models = [{"name": "fraud", "task": "binary", "process": process}]
    found = _load(tmp_path, models=models).models[0].process
    assert found is not None
    assert found.model_dump(exclude_none=True) == process


@pytest.mark.parametrize(
    ("process", "told"),
    [
        ({}, "has none of port, pid_file and command; give exactly one"),
        ({"port": 1, "command": "x"}, "has port and command of port, pid_file and command; give exactly one"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"command": "["}, "is no regular expression"),
    ],
)
def test_a_process_that_is_found_no_way_or_two_is_refused(
    tmp_path: Path, process: dict[str, object], told: str
) -> None:
    (problem,) = _problems(tmp_path, models=[{"name": "fraud", "task": "binary", "process": process}])
    assert told in problem
