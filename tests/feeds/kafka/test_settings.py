"""What a feed of Kafka may be told, and what not."""

from typing import Any

import pytest
from pydantic import ValidationError

from ml_exporter.config.shown import Expanded
from ml_exporter.feeds.kafka import KafkaFeedSettings
from ml_exporter.feeds.kafka.client import properties
from tests.feeds.builders import context

SECRET = Expanded("hidden", "${SECRET}")


def settings(**options: Any) -> KafkaFeedSettings:
    common = {"name": "f", "kind": "kafka", "events": "labels", "brokers": ["one:9092", "two:9092"], "topic": "t"}
    return KafkaFeedSettings.model_validate({**common, **options})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"topics": ["a"]}, "has topic and topics of topic and topics; give exactly one"),
        ({"topic": None}, "has neither of topic and topics"),
        ({"topic": None, "topics": ["a", "a"]}, "names a topic twice"),
        ({"topic": "^all-.*"}, "topic"),
        ({"partitions": [1, 1]}, "names a partition twice"),
        ({"partitions": {"replica": 2, "of": 2}}, "2 is none of 2 replicas; they are numbered from 0 to 1"),
        ({"partitions": "group"}, "give `group: NAME`"),
        ({"partitions": "some"}, "are chosen as all, group, a list of numbers, or {replica: NUMBER, of: NUMBER}"),
        ({"partitions": {"replica": 0}}, "are chosen as all, group, a list of numbers"),
        ({"partitions": [-1]}, "are chosen as all, group, a list of numbers"),
        ({"format": "avro"}, "give `schema_registry:"),
        ({"schema_registry": {"url": "http://registry"}}, "is read for Avro alone"),
        ({"start": "yesterday"}, "write earliest, latest, or a moment with its offset"),
        ({"start": "2026-01-01T00:00:00"}, "with its offset"),
        ({"sasl": {"username": "me", "password": "hidden"}}, "stands in the file, where it could leak"),
        ({"sasl": {"username": "me"}}, "has no password"),
        ({"sasl": {"username": "me", "password": SECRET, "password_file": "f"}}, "is given beside a password"),
        ({"options": {"ssl.key.password": "hidden"}}, "may be a secret and stands in the file"),
        ({"options": {"ssl.key.pem": "hidden"}}, "may be a secret and stands in the file"),
        ({"options": {"sasl.oauthbearer.client.secret": "hidden"}}, "may be a secret and stands in the file"),
        ({"options": {"group.id": "g"}}, "is the exporter's own to set; write it under `group`"),
        ({"options": {"plugin.library.paths": "/opt/x.so"}}, "no code is loaded by a configuration"),
        ({"format": "avro", "schema_registry": {"url": "registry:8081"}}, "write http://HOST:PORT"),
        (
            {"format": "avro", "schema_registry": {"url": "https://me:hidden@registry"}},
            "url",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_remedy(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(**options)
    messages = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in raised.value.errors()]
    assert any(told in message for message in messages), messages
    assert not any("hidden" in message for message in messages)


def test_secrets_of_the_environment_are_taken() -> None:
    configured = settings(
        sasl={"username": "me", "password": SECRET}, options={"ssl.key.password": Expanded("deep", "${OTHER}")}
    )
    found = properties(configured, context().folder)
    assert (found["sasl.password"], found["ssl.key.password"]) == ("hidden", "deep")


@pytest.mark.parametrize(
    ("tls", "sasl", "protocol"),
    [
        (None, None, None),
        ({}, None, "SSL"),
        (None, {"username": "me", "password": SECRET}, "SASL_PLAINTEXT"),
        ({}, {"username": "me", "password": SECRET}, "SASL_SSL"),
    ],
)
def test_the_protocol_follows_from_encryption_and_password(tls: Any, sasl: Any, protocol: str | None) -> None:
    assert properties(settings(tls=tls, sasl=sasl), context().folder).get("security.protocol") == protocol


def test_options_reach_librdkafka_but_never_undo_what_the_feed_rests_on() -> None:
    found = properties(settings(options={"socket.keepalive.enable": True, "fetch.wait.max.ms": 20}), context().folder)
    assert (found["socket.keepalive.enable"], found["fetch.wait.max.ms"]) == ("true", 20)
    assert (found["enable.auto.commit"], found["auto.offset.reset"]) == (False, "error")
    assert found["bootstrap.servers"] == "one:9092,two:9092"
