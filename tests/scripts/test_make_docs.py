"""The generated pages: written from the code, and told where they are out of date."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "make_docs.py"


@pytest.fixture
def make_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script as a module, its pages going to a folder of the test."""
    specification = importlib.util.spec_from_file_location("make_docs", _SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "DOCS", tmp_path / "docs")
    (tmp_path / "docs").mkdir()
    return module


def _run(make_docs: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["make_docs.py", *arguments])
    make_docs.main()


def test_pages_that_were_just_written_pass_the_check(
    make_docs: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(make_docs, monkeypatch)
    with pytest.raises(SystemExit) as ended:
        _run(make_docs, monkeypatch, "--check")
    assert ended.value.code == 0
    assert capsys.readouterr().out == "The pages say what the code says.\n"


def test_a_page_that_was_changed_or_is_missing_fails_the_check_and_is_not_written(
    make_docs: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(make_docs, monkeypatch)
    changed, missing, *_ = sorted(make_docs.DOCS.iterdir())
    changed.write_text(changed.read_text(encoding="utf-8") + "By hand.\n", encoding="utf-8")
    missing.unlink()
    with pytest.raises(SystemExit) as ended:
        _run(make_docs, monkeypatch, "--check")
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert f"--- docs/{changed.name}\n+++ docs/{changed.name}, as `make docs` writes it\n" in told
    assert "\n-By hand.\n" in told
    assert f"+++ docs/{missing.name}, as `make docs` writes it\n" in told
    assert told.endswith("A page is out of date: run `make docs`.\n")
    assert changed.read_text(encoding="utf-8").endswith("By hand.\n")
    assert not missing.exists()
