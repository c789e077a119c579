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
    matchers = ",".join(f"{name}={quoted(value)}" for name, value in {"job": JOB, **labels}.items())
    return f"{family}{{{matchers}}}"


def over_instances(operator: str, expression: str) -> str:
    """Aggregate over the exporters and pods that show the same series, so that a pair pages once."""
    return f"{operator} without (instance, pod) ({expression})"
