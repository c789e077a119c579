"""docs/metrics.md: every metric id and every family of the catalogue."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from docs_pages.markdown import names
from ml_exporter import catalogue
from ml_exporter.catalogue import Metric

NAME = "metrics.md"


def make() -> str:
    """Return the page."""
    parts = [
        "# Metrics\n\n",
        "Everything that `/metrics` can show. A metric that cannot be computed (no outcome in the window, one class"
        " only for an AUC) has no sample: it is never 0 or NaN. Ratios go from 0 to 1.\n\n",
        "## Metric ids\n\n",
        "The one spelling of a metric in the configuration, in rules and in the label `metric`. Where an interval is"
        " named, the family has two companions with the bounds of the 95 % interval (`ml_accuracy_lower_bound_ratio`,"
        " `ml_accuracy_upper_bound_ratio`). Metrics of outcomes exist for slices too (`ml_segment_accuracy_ratio` and"
        " so on, with `segment_key` and `segment_value`).\n\n",
        "| Id | Family | Labels of its own | Tasks | Clock | Better | Interval | Judged by detectors |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    ]
    by_id: dict[str, list[Metric]] = defaultdict(list)
    for metric in catalogue.metrics():
        by_id[metric.id].append(metric)
    parts += [_identity(entries) for entries in by_id.values()]
    parts += [
        "\n## What a metric says\n\nHow it is computed, where that comes from, and what to do when it moves.\n\n",
        "| Id | Formula | Source | When it moves |\n| --- | --- | --- | --- |\n",
    ]
    parts += [
        f"| `{name}` | {_by_task(entries, lambda entry: entry.formula)}"
        f" | {_by_task(entries, lambda entry: entry.source)} | {entries[0].advice} |\n"
        for name, entries in by_id.items()
    ]
    parts += [
        "\n## Several exporters of one model\n\n",
        "A model that is too large for one exporter is partitioned by `prediction_id`. Counts in a window may then be"
        " added up over the exporters; ratios may not be averaged. With several `prometheus.targets`, the bundle has"
        " recording rules that make every ratio of the sums: `model:ml_accuracy_ratio:over_exporters` is what one"
        " exporter that sees every event would show as `ml_accuracy_ratio`. The ROC AUC of a binary model is then that"
        " of the points at the thresholds of `ml_threshold_outcomes`; averaged AUCs, average precision, percentiles,"
        " intervals, estimates and drift are known to each exporter only.\n",
    ]
    areas = sorted({family.area for family in catalogue.families()})
    parts.append("\n## Families\n\n")
    for area in areas:
        parts.append(f"### {area[:1].upper()}{area[1:]}\n\n| Family | Type | Labels | Meaning |\n")
        parts.append("| --- | --- | --- | --- |\n")
        parts += [
            f"| `{family.name}` | {family.type} | {names(family.labels)} | {family.help} |\n"
            for family in catalogue.families()
            if family.area == area
        ]
        parts.append("\n")
    return "".join(parts).rstrip("\n") + "\n"


def _identity(entries: Sequence[Metric]) -> str:
    """Return the row of one id, which may stand in the catalogue once for each task."""
    metric = entries[0]
    fixed = ", ".join(f'{name}="{value}"' for name, value in metric.fixed_labels.items())
    own = ", ".join([*([f"`{fixed}`"] if fixed else []), *(f"`{name}`" for name in metric.model_labels)])
    tasks = sorted({task for entry in entries for task in entry.tasks or ["all"]})
    return (
        f"| `{metric.id}` | `{metric.family.name}` | {own} | {', '.join(tasks)} | {metric.clock}"
        f" | {metric.direction or ''} | {_by_task(entries, lambda entry: entry.interval or '')}"
        f" | {_by_task(entries, _judged)} |\n"
    )


def _judged(metric: Metric) -> str:
    if metric.judged:
        return " ".join(["by default", *_where(metric)])
    return "on request" if metric.can_be_judged else ""


def _where(metric: Metric) -> list[str]:
    """Return the condition of the default, if any."""
    return [f"with {name}" for name in sorted(metric.judged_where)]


def _by_task(entries: Sequence[Metric], say: Callable[[Metric], str]) -> str:
    """Return what is said of the entries of one id, as a cell of a table: once where it is the same for each task."""
    said = [say(entry).replace("|", "\\|") for entry in entries]
    if len(set(said)) == 1:
        return said[0]
    named = [" and ".join(sorted(entry.tasks or ["all"])) for entry in entries]
    return "; ".join(f"{tasks}: {text}" for tasks, text in zip(named, said, strict=True) if text)
