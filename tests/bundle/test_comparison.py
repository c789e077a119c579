"""What writing a bundle would change, and what an earlier one has left behind."""

from pathlib import Path

from ml_exporter.bundle import GeneratedFile, differences, left_over, write
from tests.bundle.conftest import made


def _without(files: tuple[GeneratedFile, ...], *ends: str) -> list[GeneratedFile]:
    return [one for one in files if not one.path.endswith(ends)]


def test_what_was_just_written_differs_in_nothing(tmp_path: Path) -> None:
    bundle = made(tmp_path, "monitoring")
    assert list(differences(bundle.files, bundle.folder, "monitoring.yml")) == []


def test_a_new_file_a_changed_one_and_one_that_is_made_no_more_are_shown(tmp_path: Path) -> None:
    bundle = made(tmp_path, "monitoring")
    write(_without(bundle.files, "routes.sh"), tmp_path / "other")
    rules = tmp_path / "other" / "prometheus" / "rules"
    (rules / "feeds.yml").write_text("groups: []\n", encoding="utf-8")
    (rules / "old.yml").write_text((rules / "exporter.yml").read_text(encoding="utf-8"), encoding="utf-8")
    told = "".join(differences(bundle.files, tmp_path / "other", "monitoring.yml"))
    assert "--- /dev/null\n+++ alertmanager/tests/routes.sh (made)\n" in told
    assert "--- prometheus/rules/feeds.yml (present)\n+++ prometheus/rules/feeds.yml (made)\n" in told
    assert "\n-groups: []\n" in told
    assert "--- prometheus/rules/old.yml (present)\n+++ /dev/null\n" in told
    assert "exporter.yml" not in told


def test_what_an_earlier_bundle_wrote_is_left_over_and_what_others_wrote_is_not(tmp_path: Path) -> None:
    bundle = made(tmp_path, "monitoring")
    now = _without(bundle.files, "exporter.yml", "slack.tmpl")
    rules, dashboards = tmp_path / "prometheus" / "rules", tmp_path / "grafana" / "dashboards"
    (rules / "mine.yml").write_text("groups: []\n", encoding="utf-8")
    (dashboards / "old.json").write_text('{"tags": ["ml-exporter"]}', encoding="utf-8")
    (dashboards / "mine.json").write_text('{"tags": ["team"]}', encoding="utf-8")
    (dashboards / "list.json").write_text("[]", encoding="utf-8")
    (dashboards / "logo.png").write_bytes(b"\x89PNG\xff")
    another = (rules / "exporter.yml").read_text(encoding="utf-8").replace("from monitoring.yml", "from other.yml")
    (rules / "other.yml").write_text(another, encoding="utf-8")
    assert {str(path.relative_to(tmp_path)) for path in left_over(now, tmp_path, "monitoring.yml")} == {
        "prometheus/rules/exporter.yml",
        "prometheus/tests/exporter.yml",
        "grafana/dashboards/old.json",
        "alertmanager/templates/slack.tmpl",
    }
