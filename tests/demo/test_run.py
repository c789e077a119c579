"""The demo as a whole, on the real parts: what it shows, how it fails, and that nothing is left of it."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ml_exporter.demo.requirements import owners, port_of
from ml_exporter.demo.slack import Message
from ml_exporter.demo.stages import STAGES
from ml_exporter.pipeline import load_configuration

_HURRIED = {"factor": 20_000.0, "corrupt_after": 10.0}


@contextmanager
def _demo(configuration: Path, folder: Path, *, once: bool, deadline: float) -> "Iterator[subprocess.Popen[str]]":
    """Run the demo in a process of its own, with another configuration than examples/demo.yml."""
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from rich.console import Console
        from ml_exporter.demo import DemoSettings, run, run_demo
        run.configuration_file = lambda: Path({str(configuration)!r})
        settings = DemoSettings(Path({str(folder)!r}), **{_HURRIED!r}, once={once}, deadline={deadline})
        sys.exit(run_demo(settings, Console(width=80)))
    """)
    with subprocess.Popen(
        [sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _left_running(folder: Path) -> list[str]:
    """Return the command lines that name a folder or run in it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                inside = (process / "cwd").readlink().is_relative_to(folder)
            except OSError:
                continue
            if command and (inside or str(folder) in command):
                found.append(command)
    return found


def test_the_demo_shows_every_stage_delivers_one_message_and_leaves_nothing_running(
    demo_configuration: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    with _demo(demo_configuration, folder, once=True, deadline=120.0) as process:
        told, _ = process.communicate()
    assert process.returncode == 0, told
    positions = [told.index(f"s] {name} (") for name, _ in STAGES]
    assert positions == sorted(positions)
    (line,) = (folder / "logs" / "slack.jsonl").read_text().splitlines()
    message = Message(0.0, json.loads(line))
    assert message.fields["Model"] == "flight_delay"
    assert message.fields["Metric"] == "accuracy"
    assert message.fields["Threshold"] == "at least 0.84"
    value, lower, upper = (
        float(word.strip("()")) for word in message.fields["Current value"].split() if word.strip("()")[:2] == "0."
    )
    assert lower < value < upper < 0.84
    assert message.links["Dashboard"].endswith("&var-model_version=2013-04&var-window=10s")
    assert "not seen" not in told
    assert "Everything was shown." in told
    assert _left_running(tmp_path) == []


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("once", [False, True])
def test_a_signal_stops_all_of_it_at_any_time(
    demo_configuration: Path, tmp_path: Path, asked: signal.Signals, once: bool
) -> None:
    with _demo(demo_configuration, tmp_path / "demo", once=once, deadline=60.0) as process:
        assert process.stdout is not None
        assert any("Training the model" in line for line in process.stdout)
        process.send_signal(asked)
        told = process.stdout.read()
    assert told.endswith("Stopped.\n")
    assert process.returncode == int(once)
    assert _left_running(tmp_path) == []


def test_a_demo_that_does_not_come_to_its_end_says_what_is_missing_and_shows_the_logs(
    demo_configuration: Path, tmp_path: Path
) -> None:
    with _demo(demo_configuration, tmp_path / "demo", once=True, deadline=0.5) as process:
        told, _ = process.communicate()
    assert process.returncode == 1
    assert "Not seen within 0.5 s: Everything is running; Prometheus has the metrics;" in told
    assert "--- end of producer.log" in told
    assert "trained on 105,475 flights" in told
    assert _left_running(tmp_path) == []


def test_a_second_demo_is_refused_and_does_not_touch_the_folder_of_the_first(
    demo_configuration: Path, tmp_path: Path
) -> None:
    port = port_of(owners(load_configuration(demo_configuration))["the exporter"])
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / ".made-by-ml-exporter-demo").touch()
    (folder / "producer.json").write_text("of the first")
    with socket.socket() as first:
        first.bind(("127.0.0.1", port))
        first.listen()
        with _demo(demo_configuration, folder, once=True, deadline=60.0) as process:
            told, _ = process.communicate()
    assert process.returncode == 1
    assert told == (
        f"The demo failed: port {port}, which the exporter needs, is in use (Address already in use);"
        " stop what uses it (another demo?) and try again\n"
    )
    assert (folder / "producer.json").read_text() == "of the first"
