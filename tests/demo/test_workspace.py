"""The demo's folder: clean at the beginning, and never somebody else's."""

from pathlib import Path

import pytest

from ml_exporter.demo import workspace
from ml_exporter.demo.processes import ProcessError
from ml_exporter.demo.workspace import FolderUnusable, configuration_file, write_bundle


def _prepare(folder: Path) -> None:
    workspace.prepare(folder, configuration_file())


def test_a_new_folder_gets_the_demo_configuration(tmp_path: Path) -> None:
    _prepare(tmp_path / "far" / "away")
    assert (tmp_path / "far" / "away" / "monitoring.yml").read_bytes() == configuration_file().read_bytes()
    assert sorted(path.name for path in (tmp_path / "far" / "away").iterdir() if path.is_dir()) == [
        "feed",
        "logs",
        "secrets",
    ]


def test_the_configuration_lies_in_the_package_and_is_the_example_that_people_read() -> None:
    assert configuration_file().parent == Path(workspace.__file__).parent
    example = Path(__file__).parents[2] / "examples" / "demo.yml"
    assert configuration_file().read_bytes() == example.read_bytes()


def test_what_an_earlier_demo_left_is_removed(tmp_path: Path) -> None:
    _prepare(tmp_path)
    names = ("data/ledger.sqlite", "feed/landings-1.jsonl", "prometheus/rules/old.yml", "logs/slack.jsonl")
    left = [tmp_path / name for name in (*names, "producer.json")]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("left")
    (tmp_path / "monitoring.yml").write_text("changed: by hand")
    _prepare(tmp_path)
    assert [file for file in left if file.exists()] == []
    assert (tmp_path / "monitoring.yml").read_bytes() == configuration_file().read_bytes()


def test_a_folder_that_an_interrupted_demo_left_unfinished_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_paths: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workspace.shutil, "copyfile", interrupted)
        with pytest.raises(KeyboardInterrupt):
            _prepare(tmp_path / "demo")
    assert not (tmp_path / "demo" / "monitoring.yml").exists()
    _prepare(tmp_path / "demo")
    assert (tmp_path / "demo" / "monitoring.yml").exists()


@pytest.mark.parametrize("configuration", [None, configuration_file().read_text(encoding="utf-8")])
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, configuration: str | None) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").write_text("mine")
    if configuration is not None:
        (tmp_path / "monitoring.yml").write_text(configuration, encoding="utf-8")
    with pytest.raises(FolderUnusable, match=r"was not made by an earlier demo; choose another with --folder"):
        _prepare(tmp_path)
    assert (tmp_path / "data" / "precious").read_text() == "mine"


def test_a_link_within_the_folder_is_removed_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    _prepare(tmp_path / "demo")
    (tmp_path / "demo" / "data").symlink_to(precious)
    _prepare(tmp_path / "demo")
    assert not (tmp_path / "demo" / "data").exists()
    assert (precious / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FolderUnusable, match=r"cannot be used .*Not a directory.*; choose another with --folder"):
            _prepare(folder)


def test_a_bundle_that_cannot_be_made_is_told_with_its_reason(tmp_path: Path) -> None:
    _prepare(tmp_path)
    (tmp_path / "monitoring.yml").write_text("modles: []\n")
    with pytest.raises(ProcessError, match=r"(?s)`ml-exporter bundle` ended with code 1.*modles"):
        write_bundle(tmp_path)


def test_the_bundle_has_what_the_servers_start_from(tmp_path: Path) -> None:
    _prepare(tmp_path)
    write_bundle(tmp_path)
    assert (tmp_path / "prometheus" / "prometheus.yml").is_file()
    assert (tmp_path / "alertmanager" / "alertmanager.yml").is_file()
