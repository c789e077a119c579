"""docs/judged-metrics.md: which detector watches which metric, what pages."""

from docs_pages.markdown import cell, names
from ml_exporter import catalogue
from ml_exporter.catalogue import Metric
from ml_exporter.detectors import detectors
from ml_exporter.detectors.degradation.streams import KIND, pace_of

NAME = "judged-metrics.md"

_HEADINGS = ("Metric", "Tasks", "Judged as", "In", "Page", "Describe", "By default")
_PACES = {"fast": "finest buckets (1m)", "slow": "buckets of the third width (1h)"}
_ROLES = {
    "pages": "pages: the average of those that page raises `ml_degraded`",
    "describes": "describes a change, and pages nobody",
    "compares": "for comparison, by name; pages only where `detection.also_page` names it",
}


def make() -> str:
    """Return the page."""
    parts = [
        "# What is judged\n\n",
        "Every judged metric of every version is compared with its own baseline. Which metrics those are, the"
        " configuration says under `detection.metrics` of a model; by default those marked so here.\n\n",
        "## Detectors\n\n",
        "| Detector | What it does | What it is for | By default |\n| --- | --- | --- | --- |\n",
    ]
    for one in detectors():
        runs = "runs" if one.role != "compares" else "on request"
        parts.append(f"| `{one.name}` | {cell(one.title)} | {_ROLES[one.role]} | {runs} |\n")
    parts += [
        "\n## Metrics\n\n",
        "A share is judged by its counts; a metric without limits by the share of its events that are worse than the"
        " baseline's 95th percentile; any other by its value in each bucket.\n\n",
        f"| {' | '.join(_HEADINGS)} |\n|{' --- |' * len(_HEADINGS)}\n",
    ]
    parts += [_row(metric) for metric in catalogue.metrics() if metric.can_be_judged]
    parts += ["\n`GET /api/v1/verdicts` says what is judged and how: see the [HTTP API](api.md).\n"]
    return "".join(parts)


def _row(metric: Metric) -> str:
    tasks = "every" if metric.tasks is None else ", ".join(sorted(metric.tasks))
    watching = [one for one in detectors() if KIND[pace_of(metric)] in one.kinds]
    by_role = {role: names(one.name for one in watching if one.role == role) for role in ("pages", "describes")}
    judged = " ".join(["yes", *(f"with {name}" for name in sorted(metric.judged_where))])
    judged = judged if metric.judged else "on request"
    cells = (f"`{metric.id}`", tasks, _as(metric), _PACES[pace_of(metric)], *by_role.values(), judged)
    return f"| {' | '.join(cells)} |\n"


def _as(metric: Metric) -> str:
    if metric.proportion is not None:
        return "share"
    return "share of the worst events" if metric.ranked is not None else "value"
