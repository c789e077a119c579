"""Rule files by team and by model: the same rules, in folders of those who own them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml_exporter.bundle import By, split_rules, write
from tests.bundle.conftest import Bundle, made
from tests.stack.servers import promtool


@pytest.fixture(scope="module", params=["routed", "hostile"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return made(tmp_path_factory.mktemp(f"whole-{request.param}"), request.param)


def _written(whole: Bundle, by: By, folder: Path) -> Path:
    write(split_rules(whole.files, whole.monitoring, by, "monitoring.yml"), folder)
    return folder / "prometheus"


def _rules(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "rules").rglob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    names = [group["name"] for group in groups]
    assert len(set(names)) == len(names)
    return sorted((rule for group in groups for rule in group["rules"]), key=repr)


@pytest.mark.parametrize("by", ["team", "model"])
def test_no_rule_is_lost_and_none_comes_twice(whole: Bundle, by: By, tmp_path: Path) -> None:
    assert _rules(_written(whole, by, tmp_path)) == _rules(whole.folder / "prometheus")


def _of_teams(folder: Path) -> Bundle:
    whole = folder / "whole"
    whole.mkdir()
    return made(whole, "routed")


def test_a_team_has_the_alerts_of_its_models_and_nobody_elses(tmp_path: Path) -> None:
    folder = _written(_of_teams(tmp_path), "team", tmp_path / "split")
    for file in (folder / "rules").glob("risk/*.yml"):
        rules = [
            rule for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
        ]
        assert {rule["labels"]["model_name"] for rule in rules} == {"fraud"}
    assert {path.name for path in (folder / "rules").iterdir() if path.is_dir()} == {"risk", "growth"}


def test_every_model_has_a_folder_of_its_own_whatever_it_is_called(whole: Bundle, tmp_path: Path) -> None:
    folder = _written(whole, "model", tmp_path)
    folders = [path for path in (folder / "rules").iterdir() if path.is_dir()]
    assert len(folders) == len(whole.monitoring.models)


def test_promtool_finds_all_of_it_and_the_cases_hold(tmp_path: Path) -> None:
    folder = _written(_of_teams(tmp_path), "model", tmp_path / "split")
    checked = subprocess.run(
        [promtool(), "check", "config", str(folder / "prometheus.yml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(list((folder / 'rules').rglob('*.yml')))} rule files found" in checked.stdout
    tested = subprocess.run(
        [promtool(), "test", "rules", *map(str, sorted((folder / "tests").glob("*.yml")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
