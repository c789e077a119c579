"""``ml-exporter bundle``: what is written where, and what is refused."""

from pathlib import Path

import pytest
import yaml

from ml_exporter.bundle import PARTS, generate
from ml_exporter.pipeline import load_configuration
from tests.cli.commands import invoke, run, written


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_it_writes_every_part_below_out_and_prints_each_file(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "made" / "here"
    told = invoke("bundle", file, "--out", out)
    expected = {made.path: made.text for made in generate(load_configuration(file), source=file.name)}
    assert told.exit_code == 0
    assert {path: (out / path).read_text(encoding="utf-8") for path in expected} == expected
    assert _files(out) == {Path(path) for path in expected}
    assert told.stdout.splitlines() == [str(out / path) for path in expected]


def test_without_out_it_writes_into_the_working_folder(tmp_path: Path) -> None:
    told = run("bundle", written(tmp_path), "--only", "scrape", folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "prometheus/prometheus.yml\n"
    assert _files(tmp_path) == {Path("monitoring.yml"), Path("prometheus/prometheus.yml")}


@pytest.mark.parametrize("part", PARTS)
def test_only_one_part(tmp_path: Path, part: str) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    assert invoke("bundle", file, "--out", out, "--only", part).exit_code == 0
    made = generate(load_configuration(file), source=file.name)
    assert _files(out) == {Path(one.path) for one in made if one.part == part}


def test_several_parts_with_blanks_between(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    assert invoke("bundle", file, "--out", out, "--only", " rules , routes ").exit_code == 0
    made = generate(load_configuration(file), source=file.name)
    assert _files(out) == {Path(one.path) for one in made if one.part in {"rules", "routes"}}


def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    invoke("bundle", file, "--out", out)
    before = {path: (out / path).read_bytes() for path in _files(out)}
    invoke("bundle", file, "--out", out)
    assert {path: (out / path).read_bytes() for path in _files(out)} == before


def test_an_unknown_part_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    told = invoke("bundle", written(tmp_path), "--out", tmp_path / "out", "--only", "rules,pictures")
    assert told.exit_code == 1
    assert told.stderr == f"ml-exporter: --only pictures: no such part; choose from {','.join(PARTS)}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["monitoring.yml", "monitoring.yml/below", "/proc/none"])
def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path, out: str) -> None:
    told = invoke("bundle", written(tmp_path), "--out", tmp_path / out)
    assert told.exit_code == 1
    assert told.stderr.startswith(f"ml-exporter: {tmp_path / out}")
    assert told.stderr.endswith("make it writable, or choose another --out\n")
    assert len(told.stderr.splitlines()) == 1


def test_a_configuration_with_errors_makes_nothing(tmp_path: Path) -> None:
    told = invoke("bundle", written(tmp_path, "models: []\n"), "--out", tmp_path / "out")
    assert told.exit_code == 1
    assert "models: [] is empty; give at least one" in told.stderr
    assert not (tmp_path / "out").exists()


def test_diff_shows_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    told = invoke("bundle", file, "--out", out, "--diff")
    assert told.exit_code == 1
    assert "+++ prometheus/prometheus.yml (made)" in told.stdout
    assert not out.exists()
    invoke("bundle", file, "--out", out)
    told = invoke("bundle", file, "--out", out, "--diff")
    assert (told.exit_code, told.stdout) == (0, "")


def test_what_the_configuration_makes_no_more_is_removed_and_said(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    invoke("bundle", file, "--out", out)
    rules = out / "prometheus" / "rules"
    (rules / "old.yml").write_text((rules / "exporter.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (rules / "mine.yml").write_text("groups: []\n", encoding="utf-8")
    told = invoke("bundle", file, "--out", out)
    assert told.exit_code == 0
    assert f"{rules / 'old.yml'} removed: the configuration makes it no more" in told.stdout
    assert not (rules / "old.yml").exists()
    assert (rules / "mine.yml").exists()


def test_manifests_bring_the_configuration_along_as_it_stands(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    told = invoke("bundle", file, "--out", out, "--format", "kubernetes")
    assert told.exit_code == 0
    configuration = next(yaml.safe_load_all((out / "kubernetes" / "exporter.yml").read_text(encoding="utf-8")))
    assert configuration["data"]["monitoring.yml"] == file.read_text(encoding="utf-8")
    assert {path.parts[0] for path in _files(out)} == {"kubernetes", "helm"}


def test_a_chart_of_some_parts(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    assert invoke("bundle", file, "--out", out, "--format", "helm", "--only", "rules").exit_code == 0
    chart = out / "helm" / "ml-exporter"
    assert (chart / "Chart.yaml").is_file()
    assert not list(chart.glob("files/dashboard-*"))
    assert list(chart.glob("files/rules-*"))


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    told = invoke("bundle", written(tmp_path), "--out", tmp_path / "out", "--format", "terraform")
    assert told.exit_code == 1
    assert told.stderr == "ml-exporter: --format terraform: no such form; choose from files, helm, kubernetes\n"


def test_rules_by_model(tmp_path: Path) -> None:
    file, out = written(tmp_path), tmp_path / "out"
    assert invoke("bundle", file, "--out", out, "--split", "model").exit_code == 0
    assert list((out / "prometheus" / "rules").glob("*/feeds.yml"))
