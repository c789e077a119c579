"""Windows without outcomes: where the labels are, and why they are not in the window."""

from collections.abc import Iterator

from ml_exporter.config import ModelSettings
from ml_exporter.doctor.case import Case, StoredCase
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.said import moment, span
from ml_exporter.snapshot.groups import groups
from ml_exporter.windows import windows_at


def examine(case: Case) -> Iterator[Finding]:
    """Find the models that have predictions, and windows without an outcome."""
    if case.stored is None:
        return
    outcomes = _outcomes(case, case.stored)
    for model in case.monitoring.models:
        codes = [code for code, key in case.stored.past.series if key.model == model.name and not key.is_slice]
        if codes:
            yield from _of_model(case, case.stored, model, codes, outcomes)


def _outcomes(case: Case, stored: StoredCase) -> dict[str, dict[str, float]]:
    """Return model to window to how many outcomes of all its versions are in it."""
    found: dict[str, dict[str, float]] = {}
    monitoring = case.monitoring
    for window in windows_at(stored.past.buckets, monitoring.windows, monitoring.window_by, case.now):
        for group in groups(monitoring, stored.past.series, slices=False):
            counts = group.statistics(window)["outcomes.count"]
            for key, count in zip(group.keys, counts.tolist(), strict=True):
                own = found.setdefault(key.model, {})
                own[window.label] = own.get(window.label, 0.0) + count
    return found


def _of_model(
    case: Case, stored: StoredCase, model: ModelSettings, codes: list[int], outcomes: dict[str, dict[str, float]]
) -> Iterator[Finding]:
    own = outcomes.get(model.name, {})
    empty = [window for window, count in own.items() if not count]
    if not empty:
        return
    versions = [stored.join.version(code) for code in codes]
    pending = sum(version.pending for version in versions)
    last_label = max(version.last_label for version in versions)
    last_prediction = max(version.last_prediction for version in versions)
    what = f"no outcome of the model {model.name} is in the window{'s' if len(empty) > 1 else ''} {', '.join(empty)}"
    if not last_label:
        yield Finding(
            Rank.WINDOWS,
            f"{what}: no label of it has met a prediction yet, and {pending:,} predictions wait for one",
            "quality needs labels: mend what is said above of their feeds, or wait for the first ones",
        )
        return
    held = ", ".join(f"{window}: {count:,.0f}" for window, count in own.items())
    newest = f"its newest label is of {moment(last_label)}, {span(case.now - last_label)} ago"
    remedy = "wait for the next labels, or look at a longer window"
    if case.monitoring.window_by == "prediction":
        newest += f", and its newest prediction of {moment(last_prediction)}"
        remedy = "a window by prediction time fills as its labels come: look at a longer one, or use window_by: label"
    if all(window.text in empty for window in case.monitoring.windows):
        remedy += "; the exporter's windows end now, while these events are of the past: ml-exporter backfill shows it"
    yield Finding(Rank.WINDOWS, f"{what}: {newest}", remedy, (f"outcomes in each window: {held}",))
