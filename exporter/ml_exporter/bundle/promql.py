"""Pieces of PromQL, with every text quoted safely."""

import json

JOB = "ml-exporter"
"""The scrape job of the exporter."""


def quoted(text: str) -> str:
    """Return a text as a PromQL string."""
    return json.dumps(text, ensure_ascii=False)


def selector(family: str, **labels: str) -> str:
    """Return a selector of a family by exact labels, of the exporter's job.

    >>> selector("ml_objective_breached", metric="accuracy")
    'ml_objective_breached{job="ml-exporter",metric="accuracy"}'
    """
    labels = {"job": JOB, **labels}
    return f"{family}{{{matchers(**labels)}}}"


def matchers(**labels: str) -> str:
    """Return what selects exact labels.

    >>> matchers(metric="accuracy", window="1h")
    'metric="accuracy",window="1h"'
    """
    return ",".join(f"{name}={quoted(value)}" for name, value in labels.items())


def number(value: float) -> str:
    """Return a number as people write it.

    >>> number(900.0), number(0.93), number(2_592_000.0)
    ('900', '0.93', '2592000')
    """
    return f"{value:.12g}"


def over_instances(operator: str, expression: str) -> str:
    """Aggregate over the exporters and pods that show the same series, so that a pair pages once."""
    return f"{operator} without (instance, pod) ({expression})"
