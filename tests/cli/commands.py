"""Running commands: within this process, or as processes of their own."""

import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from ml_exporter.cli import build

EXAMPLE = Path(__file__).parents[2] / "examples" / "monitoring.yml"

VALID = """\
models:
  - {name: fraud, task: binary, segments: [country], objectives: {accuracy: 0.9}}
feeds:
  - {name: predictions, kind: file, path: "predictions-*.jsonl", events: predictions}
  - {name: labels, kind: file, path: "labels-*.jsonl", events: labels}
tick: 1s
store: {path: data}
server: {listen: ["127.0.0.1:0"]}
alerting:
  receivers: [{name: team, slack: {url_file: secrets/slack, channel: "#ml"}}]
  routes: {critical: [team], warning: [team]}
"""


def invoke(*arguments: str | Path, columns: int = 120) -> Result:
    """Run a command within this process, on a terminal of so many columns."""
    return CliRunner().invoke(build(), [str(one) for one in arguments], env={"COLUMNS": str(columns)})


def run(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own, in a folder, until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "ml_exporter", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def written(folder: Path, text: str = VALID, name: str = "monitoring.yml") -> Path:
    """Write a configuration."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file
