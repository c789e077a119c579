"""docs/recordings.md: every recording rule that the bundle has."""

from docs_pages.markdown import cell
from ml_exporter.bundle.recordings import over_exporters, recording_groups
from ml_exporter.config import ModelSettings
from ml_exporter.events import tasks

NAME = "recordings.md"

_NEEDED = {"multiclass": {"classes": ["a", "b"]}}
"""What a task cannot do without."""


def make() -> str:
    """Return the page."""
    parts = [
        "# Recording rules\n\n",
        "`ml-exporter bundle` writes them into `prometheus/rules/`: what dashboards and alerts share, and what would"
        " cost too much to compute each time. Their names say on which level, of what, and how it was computed. Words"
        " in capitals stand for what varies: `FAMILY` for a family of [metrics](metrics.md), `SPAN` and `RANGE` for a"
        " time such as `6h` or `7d`.\n",
    ]
    for group in recording_groups():
        first, _, rest = group.about.removeprefix("Recording rules: ").partition("\n")
        often = f" They are evaluated every {group.interval}." if group.interval else ""
        parts += [
            f"\n## {group.topic.replace('-', ' ').capitalize()}\n\n",
            f"`{group.file}`: {first}{' ' if rest else ''}{' '.join(rest.split())}{often}\n\n",
            "| Recording | What it is |\n| --- | --- |\n",
            *(f"| `{name}` | {cell(meaning)} |\n" for name, meaning in group.meaning.items()),
        ]
    return "".join([*parts, *_over_exporters()])


def _over_exporters() -> list[str]:
    parts = [
        "\n## Over exporters\n\n",
        "`recordings.yml`, where `prometheus.targets` has several exporters: `model:FAMILY:over_exporters` is what one"
        " exporter that sees all events of a model would show as `FAMILY`. Counts are added up, and every ratio is made"
        " of the sums.\n\n",
        "| Task | Families |\n| --- | --- |\n",
    ]
    for task in tasks():
        model = ModelSettings.model_validate({"name": "m", "task": task, **_NEEDED.get(task, {})})
        names = sorted({recording.family for recording in over_exporters(model)})
        parts.append(f"| {task} | {', '.join(f'`{name}`' for name in names) or 'none'} |\n")
    return parts
