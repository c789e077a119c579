"""Shell completion: the installed command says what a prefix can become, and a real bash takes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from ml_exporter.cli import build

PROGRAM = Path(sys.executable).parent / "ml-exporter"


def asked(shell: str, line: str, folder: Path) -> list[str]:
    """Ask the completion as the script of a shell does; return what the last word of the line can become."""
    words = line.split(" ")
    own = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**os.environ, "_ML_EXPORTER_COMPLETE": f"complete_{shell}", **own}
    told = subprocess.run([PROGRAM], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert told.stderr == ""
    return [line for line in told.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_commands_that_begin_so_are_offered(shell: str, tmp_path: Path) -> None:
    offered = "\n".join(asked(shell, "ml-exporter ba", tmp_path))
    commands = set(get_command(build()).commands)  # type: ignore[attr-defined]  # a group, since it has commands
    assert {name for name in commands if name in offered} == {name for name in commands if name.startswith("ba")}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ml-exporter sch", ["schema"]),
        ("ml-exporter export monitoring.yml --wi", ["--width"]),
        ("ml-exporter init --task r", ["ranking", "regression"]),
        ("ml-exporter run monitoring.yml --log-format j", ["json"]),
        ("ml-exporter baseline f", ["freeze"]),
        ("ml-exporter weather", []),
    ],
)
def test_commands_options_and_values_are_completed(line: str, expected: list[str], tmp_path: Path) -> None:
    assert sorted(asked("bash", line, tmp_path)) == expected


_TYPED = """
eval "$(ml-exporter --show-completion)"
COMP_WORDS=(ml-exporter sto); COMP_CWORD=1
"$(complete -p ml-exporter | sed -E 's/.*-F ([^ ]+).*/\\1/')" ml-exporter sto ml-exporter
echo "${COMPREPLY[@]}"
"""


def test_a_real_bash_completes_with_the_script_that_is_shown(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    told = subprocess.run([bash, "-c", _TYPED], env=environment, capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("store\n", "")


def test_installing_it_teaches_the_next_bash(tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["bash", "-c", "ml-exporter --install-completion; true"]
    subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ".bash_completions/ml-exporter.sh" in (tmp_path / ".bashrc").read_text()
    assert "complete_bash" in (tmp_path / ".bash_completions" / "ml-exporter.sh").read_text()
