"""The display: lines where nobody watches, a live table on a terminal, addresses that can be copied."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ml_exporter.demo.display import Display
from ml_exporter.demo.producer_state import ProducerState
from ml_exporter.demo.stages import STAGES, News, Quality, Watch
from tests.demo.messages import breach

_NAMES = [name for name, _ in STAGES]


def _console(*, terminal: bool) -> tuple[Console, StringIO]:
    shown = StringIO()
    return Console(file=shown, width=80, height=40, force_terminal=terminal, color_system=None), shown


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    watch = Watch("http://prometheus", [], tmp_path, 0.84, "1m", reached={_NAMES[0]: 4.0, _NAMES[1]: 10.5})
    watch.producer = ProducerState("replaying", "2013-05-03 11:04", 2272, 2111)
    watch.quality = Quality(0.94123, 0.93, 0.95)
    return watch


def test_without_a_terminal_each_new_stage_is_one_line_with_its_time_and_what_was_seen(watch: Watch) -> None:
    console, shown = _console(terminal=False)
    display = Display(console)
    with display.live():
        display.update(watch, News([_NAMES[1]], []))
        display.update(watch, News([], []))
    assert shown.getvalue() == (
        "[  10.5 s] Prometheus has the metrics (flights of 2013-05-03 11:04, 2,272 predicted, 2,111 landed;"
        " accuracy 0.941 (0.930 to 0.950), objective 0.84)\n"
    )


def test_before_the_first_outcome_there_is_no_accuracy_to_show(watch: Watch) -> None:
    console, shown = _console(terminal=False)
    watch.quality = None
    Display(console).update(watch, News([_NAMES[0]], []))
    assert "2,111 landed; no outcomes yet)" in shown.getvalue()


def test_on_a_terminal_the_table_shows_what_was_reached_what_is_awaited_and_what_is_to_come(watch: Watch) -> None:
    console, shown = _console(terminal=True)
    display = Display(console)
    with display.live():
        display.update(watch, News([_NAMES[1]], []))
    lines = [line.strip() for line in shown.getvalue().splitlines()]
    assert any(line.startswith(f"✔  {_NAMES[1]}") and line.endswith("10 s") for line in lines)
    assert any(line.startswith(f"…  {_NAMES[2]}") and line.endswith("0 s") for line in lines)
    assert _NAMES[3] in lines
    assert not any(line.startswith("[  10.5 s]") for line in lines)


def test_a_slack_message_is_shown_in_a_box_and_each_link_on_one_line_however_long(watch: Watch) -> None:
    console, shown = _console(terminal=False)
    Display(console).update(watch, News([], [breach()]))
    lines = shown.getvalue().splitlines()
    assert lines[0].startswith("╭─ Slack ─")
    assert any("Current value: 0.771 (95 % interval 0.755 to 0.786)" in line for line in lines)
    assert "  Dashboard  http://grafana/d/ml?var-model_name=flight_delay&var-window=1m" in lines


def test_an_address_longer_than_the_line_is_not_broken() -> None:
    console, shown = _console(terminal=False)
    Display(console).addresses({"A": f"http://{'x' * 200}", "Longer": "http://y"})
    assert shown.getvalue() == f"  A       http://{'x' * 200}\n  Longer  http://y\n"


def test_the_summary_says_how_long_each_stage_took_and_what_was_not_seen(watch: Watch) -> None:
    console, shown = _console(terminal=False)
    Display(console).summary(watch)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines()]
    assert [row for row in rows if row] == [
        [_NAMES[0], "4.0 s", "4.0 s"],
        [_NAMES[1], "6.5 s", "10.5 s"],
        *([name, "not seen", ""] for name in _NAMES[2:]),
    ]


@pytest.mark.parametrize(("terminal", "told"), [(True, "\nStopped.\n"), (False, "Stopped.\n")])
def test_stopped_stands_on_a_line_of_its_own_below_ctrl_c(terminal: bool, told: str) -> None:
    console, shown = _console(terminal=terminal)
    Display(console).stopped()
    assert shown.getvalue() == told
