"""The log: one line an event, logfmt or JSON, the libraries' lines included."""

import json
import subprocess
import sys

import pytest

_EVENTS = """
import logging, sys
import structlog
from ml_exporter.cli.logs import set_up_logs

set_up_logs(sys.argv[1], sys.argv[2])
log = structlog.get_logger("ml_exporter.test")
log.debug("too much")
log.info("started", addresses=["a", "b"], note='quotes " and = and \\n newlines', nothing=None, share=0.5)
log.warning("odd", object=object(), text="\\u00e4\\u2028\\x1b[31m\\r\\x9b")
logging.getLogger("uvicorn.error").warning("a library says %s", "hello")
try:
    1 / 0
except ZeroDivisionError:
    log.error("failed", exc_info=True)
"""


def _lines(log_format: str, level: str) -> list[str]:
    command = [sys.executable, "-c", _EVENTS, log_format, level]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout == "", "the log goes to standard error"
    return ended.stderr.removesuffix("\n").split("\n")


def test_json_is_one_object_a_line_with_time_level_and_event() -> None:
    events = [json.loads(line) for line in _lines("json", "info")]
    assert [(event["level"], event["event"]) for event in events] == [
        ("info", "started"),
        ("warning", "odd"),
        ("warning", "a library says hello"),
        ("error", "failed"),
    ]
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert events[0]["addresses"] == ["a", "b"]
    assert events[0]["note"] == 'quotes " and = and \n newlines'
    assert events[0]["nothing"] is None
    assert events[0]["share"] == 0.5
    assert events[1]["text"] == "\u00e4\u2028\x1b[31m\r\x9b"
    assert "ZeroDivisionError" in events[3]["exception"]


def test_logfmt_is_one_line_an_event_that_begins_with_time_level_and_event() -> None:
    lines = _lines("logfmt", "info")
    assert len(lines) == 4, "newlines within a value are escaped"
    for line, level, event in zip(
        lines,
        ("info", "warning", "warning", "error"),
        ("started", "odd", '"a library says hello"', "failed"),
        strict=True,
    ):
        time, said_level, rest = line.split(" ", 2)
        assert time.startswith("timestamp=20")
        assert said_level == f"level={level}"
        assert rest.startswith(f"event={event}")
    assert all(line.isprintable() for line in lines), "a terminal has nothing to obey"
    assert r"text=ä\u2028\x1b[31m\r\x9b" in lines[1]
    assert r'note="quotes \" and = and \n newlines"' in lines[0]


@pytest.mark.parametrize(("level", "lines"), [("debug", 5), ("error", 1)])
def test_the_level_decides_what_is_worth_a_line(level: str, lines: int) -> None:
    assert len(_lines("json", level)) == lines
