"""The stand-in for Slack: it answers as Slack does and remembers what was posted."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from ml_exporter.demo.slack import Message, SlackStandIn
from ml_exporter.demo.stages import is_about

_BREACH = {
    "channel": "#ml-alerts",
    "attachments": [
        {
            "title": "ML alert [CRITICAL] flight_delay: accuracy",
            "text": "  below its objective\n",
            "fields": [
                {"title": "Model", "value": "flight_delay"},
                {"title": "Metric", "value": "accuracy"},
                {"title": "Value", "value": "0.771 (95 % interval 0.755 to 0.786)"},
                {"title": "Threshold", "value": "at least 0.82"},
            ],
        }
    ],
}


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
    assert _post(slack.url, _BREACH) == b"ok"
    assert _post(slack.url, {"text": "second"}) == b"ok"
    assert [message.payload for message in slack.messages] == [_BREACH, {"text": "second"}]
    assert before <= slack.messages[0].received <= slack.messages[1].received <= time.time()


def test_a_message_reads_as_slack_shows_it() -> None:
    assert Message(0.0, _BREACH).text == (
        "ML alert [CRITICAL] flight_delay: accuracy\n"
        "below its objective\n"
        "Model: flight_delay\n"
        "Metric: accuracy\n"
        "Value: 0.771 (95 % interval 0.755 to 0.786)\n"
        "Threshold: at least 0.82"
    )


def test_only_a_message_of_the_same_model_and_metric_with_interval_and_threshold_counts() -> None:
    message = Message(0.0, _BREACH)
    assert is_about(message, "flight_delay", "accuracy")
    assert not is_about(message, "flight_delay", "recall")
    assert not is_about(message, "fraud_detection", "accuracy")
    for missing in ("95 % interval", "at least"):
        told = json.loads(json.dumps(_BREACH).replace(missing, ""))
        assert not is_about(Message(0.0, told), "flight_delay", "accuracy")


def test_nothing_listens_any_more_after_the_end() -> None:
    with SlackStandIn() as stand_in:
        url = stand_in.url
    with pytest.raises(OSError, match="refused"):
        _post(url, {})
