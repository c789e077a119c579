"""Models and versions under names that nobody expects."""

from collections import Counter
from collections.abc import Iterator

from ml_exporter.config.explaining import closest
from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.said import some
from ml_exporter.feeds.decoding import UNVERSIONED

_FEW = 0.5
"""Labels that name another model than the predictions do are told where they are more than this share."""


def examine(case: Case) -> Iterator[Finding]:
    """Find models that are written otherwise in the events, and versions that are two by their spelling only."""
    for sample in case.feeds:
        yield from _unknown(case, sample)
    yield from _silent(case)
    yield from _other_model(case)
    yield from _versions(case)


def _names(sample: FeedSample, field: str) -> Counter[str]:
    return Counter(str(value) for value in sample.raw.get(field, ()) if value not in (None, ""))


def _unknown(case: Case, sample: FeedSample) -> Iterator[Finding]:
    configured = [model.name for model in case.monitoring.models_of(sample.settings)]
    for name, count in _names(sample, "model_name").items():
        if name not in configured:
            yield Finding(
                Rank.EVENTS,
                f"{count:,} of the newest events of the feed {sample.settings.name} are of a model {name!r} that is"
                " none of its models",
                f"{closest(name, configured)}; or add it under models",
            )


def _silent(case: Case) -> Iterator[Finding]:
    """Find configured models of which no prediction has been seen."""
    seen = {
        name
        for sample in case.feeds
        if sample.predictions is not None
        for name in sample.predictions.model.texts()
        if name is not None
    }
    if case.stored is not None:
        seen |= {key.model for _, key in case.stored.past.series}
    looked = [one for one in case.feeds if one.settings.events != "labels"]
    if not any(one.rows for one in looked):
        return  # that nothing is there at all is told of the feed
    for model in case.monitoring.models:
        if model.name not in seen:
            yield Finding(
                Rank.EVENTS,
                f"no prediction of the model {model.name} has been seen",
                "write its name as the events carry it, or give its feed defaults: {model_name: ...}; the feeds with"
                f" predictions are {some([one.settings.name for one in looked])}",
            )


def _other_model(case: Case) -> Iterator[Finding]:
    """Find labels that have a prediction's id, but name another model than it."""
    model_of = _models_by_id(case)
    for sample in case.labels:
        if sample.labels is None:
            continue
        own = sample.labels
        pairs = [
            (name, model, model_of[name])
            for name, model in zip(own.prediction_id.tolist(), own.model.texts(), strict=True)
            if model is not None and name in model_of
        ]
        wrong = [(name, model, models) for name, model, models in pairs if model not in models]
        if wrong and len(wrong) > _FEW * len(pairs):
            name, model, models = wrong[0]
            yield Finding(
                Rank.JOIN,
                f"{len(wrong):,} of {len(pairs):,} labels of the feed {sample.settings.name} name another model than"
                " the prediction with their id",
                "leave the model_name of labels out, or write that of the predictions",
                (f"the label of {name!r} names {model!r}, the prediction {some(sorted(models))}",),
            )


def _models_by_id(case: Case) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for sample in case.predictions:
        if sample.predictions is not None:
            own = sample.predictions
            for name, model in zip(own.prediction_id.tolist(), own.model.texts(), strict=True):
                found.setdefault(name, set()).add(str(model))
    return found


def _versions(case: Case) -> Iterator[Finding]:
    """Find versions of a model that differ by their spelling only, and events that name none among those that do."""
    versions: dict[str, Counter[str]] = {}
    for sample in case.feeds:
        if sample.predictions is not None:
            pairs = zip(sample.predictions.model.texts(), sample.predictions.version.texts(), strict=True)
            for (model, version), count in Counter(pairs).items():
                versions.setdefault(str(model), Counter())[str(version)] += count
    for model, counted in versions.items():
        alike: dict[str, list[str]] = {}
        for version in counted:
            alike.setdefault(_bare(version), []).append(version)
        for spellings in alike.values():
            if len(spellings) > 1:
                yield Finding(
                    Rank.EVENTS,
                    f"one version of the model {model} seems to be spelled in {len(spellings)} ways, so each has a part"
                    " of its events",
                    "spell it in one way",
                    (f"versions: {some(sorted(spellings))}",),
                )
        if UNVERSIONED in counted and len(counted) > 1:
            named = sorted(set(counted) - {UNVERSIONED})
            yield Finding(
                Rank.EVENTS,
                f"{counted[UNVERSIONED]:,} of the newest predictions of the model {model} name no version, so they are"
                f" the version {UNVERSIONED!r}, beside {some(named)}",
                "write model_version into every prediction, or give the feed defaults: {model_version: ...}",
            )


def _bare(version: str) -> str:
    """Return a version without what people spell in different ways."""
    bare = version.strip().casefold().replace("_", "-").replace(" ", "-")
    return bare.removeprefix("version").removeprefix("ver").removeprefix("v").strip("-. ")
