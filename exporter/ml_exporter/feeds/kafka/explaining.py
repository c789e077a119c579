"""What an error of the client means for a person, and what to do."""

from collections.abc import Sequence

from confluent_kafka import KafkaError

from ml_exporter.feeds.interface import FeedError

_REMEDIES = {
    KafkaError._AUTHENTICATION: "correct `sasl` (mechanism, username, password) or `tls`",
    KafkaError.SASL_AUTHENTICATION_FAILED: "correct the username and the password of `sasl`",
    KafkaError.UNSUPPORTED_SASL_MECHANISM: "write the mechanism of `sasl` that the brokers offer",
    KafkaError._SSL: "correct `tls`, or the certificates that it names",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "let this user read and describe the topic",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "let this user read the group, or leave `group` out",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "let this user describe the cluster",
    KafkaError.UNKNOWN_TOPIC_OR_PART: "create the topic, or correct `topic`",
    KafkaError._UNKNOWN_TOPIC: "create the topic, or correct `topic`",
    KafkaError._UNKNOWN_PARTITION: "create the topic anew, or correct `partitions`",
    KafkaError._MAX_POLL_EXCEEDED: "the store is slower than the group allows: raise options max.poll.interval.ms",
}

TELLING = frozenset({*_REMEDIES, KafkaError._ALL_BROKERS_DOWN, KafkaError._FATAL})
"""Errors that say why nothing can be read; others heal by themselves."""


def explained(error: KafkaError, topic: str | None = None) -> FeedError:
    """Return an error of a broker or of the client as one of the feed."""
    remedy = _REMEDIES.get(error.code(), "it is tried again")
    of = f"topic {topic}: " if topic is not None else ""
    return FeedError(f"{of}{error.str()}; {remedy}")


def unreachable(brokers: Sequence[str], told: Sequence[KafkaError], error: KafkaError) -> FeedError:
    """Return why nobody answers: what the client told last of its connections, or else that there are none."""
    for one in reversed(told):
        if one.code() in _REMEDIES:
            return explained(one)
    reason = next((one.str() for one in told if one.code() == KafkaError._TRANSPORT), error.str())
    return FeedError(
        f"no broker of {', '.join(brokers)} answers ({reason}); start them, or correct `brokers`, and `tls` or `sasl`"
        " where they ask for these"
    )
