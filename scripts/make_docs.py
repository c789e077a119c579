"""Makes the pages of docs/ that are generated: what the code knows is written down by the code."""

import argparse
import difflib
import sys
import types
import typing
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ml_exporter import catalogue
from ml_exporter.bundle.alerts import alert_groups
from ml_exporter.catalogue import Metric
from ml_exporter.config import CollectorSettings, Duration, Monitoring, Section, WebSettings
from ml_exporter.config.alerting import ReceiverSettings
from ml_exporter.config.feed import LABEL_FIELDS, PREDICTION_FIELDS
from ml_exporter.pipeline import plug_in_kinds

DOCS = Path(__file__).parents[1] / "docs"
_ORIGIN = "<!-- Made by `make docs` from the code; a change by hand is lost. -->\n\n"


def pages() -> dict[Path, str]:
    """Return every generated page."""
    return {
        DOCS / "configuration.md": _configuration(),
        DOCS / "metrics.md": _metrics(),
        DOCS / "alerts.md": _alerts(),
    }


def main() -> None:
    """Write every generated page; with ``--check``, fail instead where one is not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; show what differs, and fail if anything")
    if parser.parse_args().check:
        sys.exit(_check())
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def _check() -> int:
    """Print how the pages differ from what the code says; return 1 where they do."""
    code = 0
    for path, text in pages().items():
        name = str(path.relative_to(DOCS.parent))
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        difference = difflib.unified_diff(
            found.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name}, as `make docs` writes it"
        )
        for line in difference:
            code = 1
            sys.stdout.write(line)
    sys.stdout.write("A page is out of date: run `make docs`.\n" if code else "The pages say what the code says.\n")
    return code


def _configuration() -> str:
    parts = [
        _ORIGIN,
        "# Configuration\n\n",
        "One YAML file, by custom `monitoring.yml`; `examples/monitoring.yml` is a commented one to copy.",
        " `ml-exporter check FILE` validates it and shows every error at once, with its line and the remedy.\n\n",
        "Durations are written as in Prometheus: `15s`, `5m`, `24h`, `7d`, `1h30m`. `${NAME}` in a text is replaced by"
        " the environment variable NAME. Secrets are taken from files only, by options that end in `_file`.\n\n",
    ]
    parts += _section("The file", Monitoring, "")
    kinds = plug_in_kinds()
    for kind, settings in sorted(kinds.feeds.items()):
        parts += _section(f"feeds[], kind: {kind}", settings, "feeds[].")
    for kind, options in sorted(kinds.receivers.items()):
        parts += _section(f"alerting.receivers[].{kind}", options, f"alerting.receivers[].{kind}.")
    for kind, collected in sorted(kinds.collectors.items()):
        parts += _section(f"collectors.{kind}", collected, f"collectors.{kind}.")
    parts += _section("The web configuration file", WebSettings, "")
    parts += [
        "## Events\n\n",
        "One JSON object a line. Keys that are not named here are ignored.\n\n",
        f"- A prediction has {_names(PREDICTION_FIELDS)}. It needs `timestamp`, `model_name` (or the feed's default),"
        " `prediction_id`, and `prediction` or `score` (of the positive class, from 0 to 1) or both; a model with"
        " several classes has `scores` instead, an object of class and probability. A failed request"
        " (`status` other than `success`) needs neither id nor prediction: it is counted and timed, not joined."
        " `segment` is an object of keys and values.\n",
        f"- A label has {_names(LABEL_FIELDS)}. It needs `prediction_id`, `actual` and `timestamp`; where it names no"
        " model it judges every model that has its id.\n",
        "- A timestamp is seconds since the epoch or RFC 3339 with an offset, not more than 5 minutes ahead.\n",
        "- An event that cannot be used is counted in `ml_exporter_feed_rejected_total`, told in the log, and kept with"
        " its reason in `dead-letter/` of the store. The reasons: `malformed`, `missing_field`, `bad_value`,"
        " `bad_timestamp`, `unknown_model`, `too_large` (over 1 MiB).\n",
    ]
    return "".join(parts)


def _names(fields: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


def _section(title: str, section: type[Section], prefix: str) -> Iterator[str]:
    """Yield the table of a section's options, then the sections within it."""
    yield f"## {title}\n\n"
    yield f"{(section.__doc__ or '').strip().splitlines()[0]}\n\n"
    yield "| Option | Type | Default | Meaning |\n| --- | --- | --- | --- |\n"
    inner: list[tuple[str, type[Section]]] = []
    for name, field in section.model_fields.items():
        option = f"{prefix}{field.alias or name}"
        below = _below(field.annotation)
        if below is not None and below not in (ReceiverSettings, CollectorSettings):
            inner.append((option, below))
        yield f"| `{option}` | {_type(field.annotation)} | {_default(field)} | {_meaning(field)} |\n"
    yield "\n"
    for option, below in inner:
        suffix = "[]" if _origin_is(section.model_fields, option, list) else ""
        suffix = ".METRIC" if _origin_is(section.model_fields, option, dict) else suffix
        yield from _section(f"{option}{suffix}", below, f"{option}{suffix}.")


def _origin_is(fields: dict[str, FieldInfo], option: str, kind: type) -> bool:
    name = option.rpartition(".")[2]
    annotation = next(field.annotation for key, field in fields.items() if name in (key, field.alias))
    return typing.get_origin(annotation) is kind


def _below(annotation: object) -> type[Section] | None:
    """Return the section that stands within an annotation, if one does."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = [_below(inner) for inner in typing.get_args(annotation)]
    return next((section for section in found if section is not None), None)


def _type(annotation: object) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Duration:
        return "duration"
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"mapping of {_type(arguments[1])}"
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _type(next(argument for argument in arguments if argument is not type(None)))
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(typing.cast("type", annotation), "section")


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        value = typing.cast("typing.Callable[[], object]", field.default_factory)()
    elif field.default is PydanticUndefined:
        return "required"
    else:
        value = field.default
    if value is None or isinstance(value, Section):
        return ""
    return f"`{_shown(value)}`".replace("|", "\\|")  # which would end the table's cell


def _shown(value: object) -> str:
    if isinstance(value, Section):
        pairs = ", ".join(f"{name}: {_shown(getattr(value, name))}" for name in type(value).model_fields)
        return f"{{{pairs}}}"
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in value.items())}}}"
    return str(value)


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _metrics() -> str:
    parts = [
        _ORIGIN,
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
        "\n## What a metric says\n\nHow it is computed, and what to do when it moves.\n\n",
        "| Id | Formula | When it moves |\n| --- | --- | --- |\n",
    ]
    parts += [
        f"| `{name}` | {_by_task(entries, lambda entry: entry.formula)} | {entries[0].advice} |\n"
        for name, entries in by_id.items()
    ]
    parts += [
        "\n## Several exporters of one model\n\n",
        "A model that is too large for one exporter is partitioned by `prediction_id`. Counts in a window may then be"
        " added up over the exporters; ratios may not be averaged. With several `prometheus.targets`, the bundle has"
        " recording rules that make every ratio of the sums: `model:ml_accuracy_ratio:over_exporters` is what one"
        " exporter that sees every event would show as `ml_accuracy_ratio`. The ROC AUC of a binary model is then that"
        " of the points at the thresholds of `ml_threshold_outcomes`; averaged AUCs, average precision and intervals"
        " are known to each exporter only.\n",
    ]
    areas = sorted({family.area for family in catalogue.families()})
    parts.append("\n## Families\n\n")
    for area in areas:
        parts.append(f"### {area[:1].upper()}{area[1:]}\n\n| Family | Type | Labels | Meaning |\n")
        parts.append("| --- | --- | --- | --- |\n")
        parts += [
            f"| `{family.name}` | {family.type} | {_names(family.labels)} | {family.help} |\n"
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
        return "by default"
    return "on request" if metric.can_be_judged else ""


def _by_task(entries: Sequence[Metric], say: Callable[[Metric], str]) -> str:
    """Return what is said of the entries of one id, as a cell of a table: once where it is the same for each task."""
    said = [say(entry).replace("|", "\\|") for entry in entries]
    if len(set(said)) == 1:
        return said[0]
    named = [" and ".join(sorted(entry.tasks or ["all"])) for entry in entries]
    return "; ".join(f"{tasks}: {text}" for tasks, text in zip(named, said, strict=True) if text)


def _alerts() -> str:
    parts = [
        _ORIGIN,
        "# Alerts\n\n",
        "What `ml-exporter bundle` generates into `prometheus/rules/`, each with unit tests for promtool in"
        " `prometheus/tests/`.\n\n",
        "| Alert | Meaning | Runbook |\n| --- | --- | --- |\n",
    ]
    for group in alert_groups():
        parts += [
            f"| `{name}` | {meaning} | [{name}](runbooks/{name}.md) |\n" for name, meaning in group.meaning.items()
        ]
    return "".join(parts)


if __name__ == "__main__":
    main()
