"""The PromQL of dashboards. Every selector follows the variables; ratios are never averaged over exporters."""

OVERALL = 'job=~"$job",instance=~"$instance",model_name=~"$model_name",model_version=~"$model_version"'
"""The variables as matchers, for series of a model's version."""

WINDOWED = f'{OVERALL},window=~"$window"'
"""The same for gauges of a window."""

FEEDS = 'job=~"$job",instance=~"$instance"'
"""The same for series of the exporter's own."""


def gauge(family: str, by: str = "model_version", **labels: str) -> str:
    """Return a gauge of the chosen window: one exporter owns a model, so the largest over instances is its value."""
    extra = "".join(f',{name}="{value}"' for name, value in labels.items())
    return f"max by ({by}) ({family}{{{WINDOWED}{extra}}})"


def state(family: str, by: str = "model_version", matchers: str = OVERALL, **labels: str) -> str:
    """Return a gauge that has no window."""
    extra = "".join(f',{name}="{value}"' for name, value in labels.items())
    return f"max by ({by}) ({family}{{{matchers}{extra}}})"


def objective(metric: str) -> str:
    """Return the objective of a metric."""
    return state("ml_objective", metric=metric)


def increase(family: str, by: str, matchers: str) -> str:
    """Return how much a counter grew per second, for the eye: what pages is computed from gauges."""
    return f"sum by ({by}) (rate({family}{{{matchers}}}[$__rate_interval]))"


def named(rows: dict[str, str]) -> str:
    """Return several expressions as one, told apart by a label ``metric``."""
    return " or ".join(f'label_replace({expression}, "metric", "{name}", "", "")' for name, expression in rows.items())
