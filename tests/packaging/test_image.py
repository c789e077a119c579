"""The image: linted, and its parts fit the package. No engine builds it here; what can be read is read."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

from typer.main import get_command

import ml_exporter
from ml_exporter.cli import build

_ROOT = Path(__file__).parents[2]


def _instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each with its text on one line."""
    lines = [line for line in (_ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, text.strip()) for word, _, text in (line.partition(" ") for line in joined.splitlines() if line)]


def _last_stage() -> dict[str, str]:
    """Return the last stage's instructions; of those that come several times the last."""
    instructions = _instructions()
    begin = max(number for number, (word, _) in enumerate(instructions) if word == "FROM")
    return dict(instructions[begin:])


def test_hadolint_finds_nothing_to_say() -> None:
    linted = subprocess.run(["hadolint", str(_ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


def test_the_base_is_slim_and_its_python_is_one_that_the_package_takes() -> None:
    required = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    bases = [text.split()[0] for word, text in _instructions() if word == "FROM"]
    assert len(set(bases)) == 1, "compiled packages are built for the Python that runs them"
    version = re.fullmatch(r"python:(\d+)\.(\d+)-slim-\w+", bases[0])
    assert version is not None
    assert required == ">=3.11"
    assert (int(version[1]), int(version[2])) >= (3, 11)


def test_it_runs_as_a_number_that_is_not_root_and_owns_its_folder_of_state() -> None:
    stage = _last_stage()
    user, group = stage["USER"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"--uid {user} " in stage["RUN"]
    assert f"--gid {group} " in stage["RUN"]
    (state,) = json.loads(stage["VOLUME"])
    assert stage["WORKDIR"] == state
    assert stage["RUN"].endswith(f"--owner=ml-exporter --group=ml-exporter --mode=0700 {state}")


def test_its_commands_are_commands_of_ours_and_its_port_is_the_default_one() -> None:
    stage = _last_stage()
    known = get_command(build()).commands  # type: ignore[attr-defined] # a group has them
    assert json.loads(stage["ENTRYPOINT"]) == ["ml-exporter"]
    run, configuration = json.loads(stage["CMD"])
    health = json.loads(stage["HEALTHCHECK"].partition("CMD ")[2])
    assert health == ["ml-exporter", "health", configuration]
    assert {run, health[1]} <= set(known)
    assert stage["EXPOSE"] == "9877"
    assert stage["STOPSIGNAL"] == "SIGTERM"


def test_its_labels_say_what_it_is() -> None:
    instructions = _instructions()
    arguments = dict(text.split("=") for word, text in instructions if word == "ARG")
    labels = dict(pair.split("=", 1) for pair in shlex.split(_last_stage()["LABEL"]))
    prefix = "org.opencontainers.image."
    assert {name.removeprefix(prefix) for name in labels} >= {
        "title", "description", "version", "revision", "licenses", "source", "documentation", "base.name",
    }  # fmt: skip
    assert arguments["VERSION"] == ml_exporter.__version__
    assert labels[f"{prefix}version"] == "${VERSION}"
    assert labels[f"{prefix}base.name"].endswith(next(text.split()[0] for word, text in instructions if word == "FROM"))


def test_what_it_is_built_from_is_sent_to_the_builder_and_nothing_else() -> None:
    sent = {line[1:] for line in (_ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source
        for word, text in _instructions()
        if word == "COPY" and not text.startswith("--from")
        for source in text.split()[:-1]
    }
    assert copied == sent
    assert all((_ROOT / name).exists() for name in sent)
    assert "*" in (_ROOT / ".dockerignore").read_text().splitlines()
