"""The demo's folder: clean at the beginning, and never somebody else's."""

from pathlib import Path

import pytest

from ml_exporter.demo.processes import ProcessError
from ml_exporter.demo.workspace import FolderInUse, configuration_file, prepare, write_bundle


def test_a_new_folder_gets_the_demo_configuration(tmp_path: Path) -> None:
    prepare(tmp_path / "demo-data")
    assert (tmp_path / "demo-data" / "monitoring.yml").read_bytes() == configuration_file().read_bytes()
    assert (tmp_path / "demo-data" / "feed").is_dir()


def test_what_an_earlier_demo_left_is_removed(tmp_path: Path) -> None:
    prepare(tmp_path)
    left = [tmp_path / "data" / "ledger.sqlite", tmp_path / "feed" / "landings-1.jsonl", tmp_path / "producer.json"]
    for file in left:
        file.parent.mkdir(exist_ok=True)
        file.write_text("left")
    (tmp_path / "monitoring.yml").write_text(
        configuration_file().read_text(encoding="utf-8").replace("tick: 2s", "tick: 9s")
    )
    prepare(tmp_path)
    assert [file for file in left if file.exists()] == []
    assert "tick: 2s" in (tmp_path / "monitoring.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("configuration", [None, "# my own\nmodels: []\n"])
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, configuration: str | None) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").write_text("mine")
    if configuration is not None:
        (tmp_path / "monitoring.yml").write_text(configuration)
    with pytest.raises(FolderInUse, match=r"was not made by an earlier demo; choose another with --folder"):
        prepare(tmp_path)
    assert (tmp_path / "data" / "precious").read_text() == "mine"


def test_a_bundle_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "monitoring.yml").write_text("modles: []\n")
    with pytest.raises(ProcessError, match=r"(?s)`ml-exporter bundle` ended with code 1.*modles"):
        write_bundle(tmp_path)


def test_the_bundle_has_what_the_servers_start_from(tmp_path: Path) -> None:
    prepare(tmp_path)
    write_bundle(tmp_path)
    assert (tmp_path / "prometheus" / "prometheus.yml").is_file()
    assert (tmp_path / "alertmanager" / "alertmanager.yml").is_file()
