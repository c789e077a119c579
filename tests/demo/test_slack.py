"""The stand-in for Slack: it answers as Slack does, and remembers and writes down what was posted."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ml_exporter.demo.slack import Message, SlackStandIn
from tests.demo.messages import BREACH, breach


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


def _post(url: str, payload: dict[str, Any]) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - loopback
        url, json.dumps(payload).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
        assert response.status == 200
        return bytes(response.read())


def test_a_post_is_answered_with_ok_and_kept_with_the_time_of_its_arrival(slack: SlackStandIn) -> None:
    before = time.time()
    assert _post(slack.url, BREACH) == b"ok"
    assert _post(slack.url, {"text": "second"}) == b"ok"
    assert [message.payload for message in slack.messages] == [BREACH, {"text": "second"}]
    assert before <= slack.messages[0].received <= slack.messages[1].received <= time.time()


def test_every_message_is_a_line_of_the_log_when_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "slack.jsonl"
    with SlackStandIn(log) as stand_in:
        for text in ("first", "second"):
            _post(stand_in.url, {"text": text})
            last = json.loads(log.read_text().splitlines()[-1])
            assert last == {"received": stand_in.messages[-1].received, "text": text}
    assert len(log.read_text().splitlines()) == 2


def test_a_message_reads_as_slack_shows_it() -> None:
    assert breach().text == (
        "ML alert: flight_delay 2013-04: accuracy misses its objective\n"
        "accuracy is 0.771 on 2,000 outcomes & should be >= 0.84.\n"
        "Dashboard · Runbook · Query · Silence\n"
        "Severity: critical\n"
        "Metric: accuracy\n"
        "Current value: 0.771 (95 % interval 0.755 to 0.786)\n"
        "Threshold: at least 0.84\n"
        "Model: flight_delay"
    )


def test_links_are_told_by_name_with_their_whole_address() -> None:
    assert breach().links == {
        "Dashboard": "http://grafana/d/ml?var-model_name=flight_delay&var-window=1m",
        "Runbook": "http://runbooks/MLObjectiveBreached.md",
        "Query": "http://prometheus/graph?g0.expr=x&g0.tab=1",
        "Silence": "http://alertmanager/#/silences/new",
    }


@pytest.mark.parametrize("payload", [{}, {"text": "plain"}, {"attachments": None}, {"attachments": [{"fields": None}]}])
def test_a_message_without_attachments_or_fields_is_an_empty_one(payload: dict[str, Any]) -> None:
    message = Message(0.0, payload)
    assert (message.title, message.text, message.fields, message.links) == ("", "", {}, {})


def test_nothing_listens_any_more_after_the_end() -> None:
    with SlackStandIn() as stand_in:
        url = stand_in.url
    with pytest.raises(OSError, match="refused"):
        _post(url, {})
