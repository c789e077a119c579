"""The same configuration gives the same bytes: on every run, and in the repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ml_exporter.bundle import PARTS, generate
from ml_exporter.pipeline import load_configuration
from tests.bundle.configurations import EXAMPLES
from tests.bundle.conftest import Bundle

_ROOT = EXAMPLES.parent
_FOLDERS = ("prometheus", "alertmanager", "grafana")


def test_the_committed_bundle_is_what_the_example_makes_byte_for_byte() -> None:
    example = EXAMPLES / "monitoring.yml"
    made = {file.path: file.text for file in generate(load_configuration(example), source=example.name)}
    committed = {
        str(path.relative_to(_ROOT)): path.read_bytes().decode("utf-8")
        for folder in _FOLDERS
        for path in (_ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert sorted(made) == sorted(committed)
    assert [path for path in made if made[path] != committed[path]] == []  # `make bundle` makes them again


def _written(folder: Path, seed: str) -> dict[str, bytes]:
    subprocess.run(
        [sys.executable, "-m", "ml_exporter", "bundle", str(EXAMPLES / "demo.yml"), "--out", str(folder)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_order_of_sets_and_hashes_changes_nothing(tmp_path: Path) -> None:
    first, second = _written(tmp_path / "first", "1"), _written(tmp_path / "second", "2")
    assert len(first) > 14
    assert first == second


def test_every_file_belongs_to_a_part_says_where_it_comes_from_and_ends_with_a_line_break(bundle: Bundle) -> None:
    assert {file.part for file in bundle.files} == set(PARTS)
    assert len({file.path for file in bundle.files}) == len(bundle.files)
    for file in bundle.files:
        assert file.text.endswith("\n")
        if not file.path.endswith(".json"):  # which has no comments
            assert "Made by `ml-exporter bundle`" in file.text


@pytest.mark.parametrize("source", ["monitoring.yml", "two\nlines: yes.yml"])
def test_a_configuration_file_of_any_name_makes_files_that_can_be_read(source: str) -> None:
    for file in generate(load_configuration(EXAMPLES / "demo.yml"), source):
        if file.path.endswith(".yml"):
            assert f"# Made by `ml-exporter bundle` from {' '.join(source.split())};" in file.text
            assert "lines" not in yaml.safe_load(file.text)
