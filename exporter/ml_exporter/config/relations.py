"""What must hold between the sections of monitoring.yml.

Everything is looked at as it stands in the file, since any of it may be wrong itself: so an error in one place hides
none in another, and what cannot be told for now is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ml_exporter.config.base import Wrong
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.location import Location, path_of

Named = list[tuple[Location, str]]
"""Where a name stands, and the name."""


def names_used_twice(names: Named) -> Iterator[Wrong]:
    """Find names that are taken already."""
    first: dict[str, Location] = {}
    for location, name in names:
        if name in first:
            yield location, f"{name!r} is the name of {path_of(first[name][:-1])} already; give each its own"
        first.setdefault(name, location)


def unknown_models(values: Mapping[str, Any], models: Named) -> Iterator[Wrong]:
    """Find models that feeds speak of and nobody configured."""
    if len(models) < len(_list(values.get("models"))):
        return  # one has no name: whether it was meant cannot be told
    known = [name for _, name in models]
    for location, feed in items(values, "feeds"):
        named = [
            ((*location, "models", index), name) for index, name in enumerate(_list(feed.get("models"))) if _text(name)
        ]
        for number, token in enumerate(_list(feed.get("tokens"))):
            place = (*location, "tokens", number, "models")
            models_of_token = _list(mapping(token).get("models"))
            named += [((*place, index), name) for index, name in enumerate(models_of_token) if _text(name)]
        default = mapping(feed.get("defaults")).get("model_name")
        if _text(default):
            named.append(((*location, "defaults", "model_name"), default))
        for place, name in named:
            if name not in known:
                yield place, f"{name!r} is not configured under models; {closest(name, known)}"


def unknown_receivers(alerting: Mapping[str, Any], receivers: Named) -> Iterator[Wrong]:
    """Find receivers that are to be told and nobody configured, or that are named twice in one list."""
    if len(receivers) < len(_list(alerting.get("receivers"))):
        return  # as above
    known = [name for _, name in receivers]
    for location, names in _told(alerting):
        for index, name in enumerate(names):
            place = (*location, index)
            if _text(name) and name not in known:
                remedy = closest(name, known) if known else "there is none so far"
                yield place, f"{name!r} is no receiver; add it under alerting.receivers, or correct it: {remedy}"
            elif name in names[:index]:
                yield place, f"{name!r} stands here twice, and would be told twice; name it once"


def _told(alerting: Mapping[str, Any]) -> Iterator[tuple[Location, list[Any]]]:
    """Yield the lists of those who are told, each with its place."""
    routes = mapping(alerting.get("routes"))
    for key, route in routes.items():
        if key in ("teams", "owners"):
            for name, severities in mapping(route).items():
                for severity, told in mapping(severities).items():
                    yield ("alerting", "routes", key, str(name), str(severity)), _list(told)
        else:
            yield ("alerting", "routes", str(key)), _list(route)
    for location, tier in items(alerting, "escalation"):
        yield ("alerting", *location, "receivers"), _list(tier.get("receivers"))


def routes_of_nobody(values: Mapping[str, Any]) -> Iterator[Wrong]:
    """Find routes of teams and owners that no model has."""
    routes = mapping(mapping(values.get("alerting")).get("routes"))
    models = [model for _, model in items(values, "models")]
    for key, of_a_model in (("teams", "team"), ("owners", "owner")):
        known = sorted({str(model[of_a_model]) for model in models if _text(model.get(of_a_model))})
        for name in mapping(routes.get(key)):
            if str(name) not in known:
                yield (
                    ("alerting", "routes", key, str(name)),
                    f"no model has the {of_a_model} {str(name)!r}; {closest(str(name), known)}",
                )


def windows_of_one_length(windows: Sequence[Duration | None]) -> Iterator[Wrong]:
    """Find windows of the same length.

    Args:
        windows: None for one that is no duration.
    """
    for index, window in enumerate(windows):
        if window is not None and any(
            other is not None and other.seconds == window.seconds for other in windows[:index]
        ):
            yield ("windows", index), f"'{window}' is as long as another window; leave one of them out"


def unknown_windows(values: Mapping[str, Any], windows: Sequence[Duration | None]) -> Iterator[Wrong]:
    """Find objectives that are judged on a window that is not kept."""
    if None in windows:
        return  # which one was meant cannot be told
    known = {window.seconds for window in windows if window is not None}
    for location, model in items(values, "models"):
        for metric, objective in mapping(model.get("objectives")).items():
            window = as_duration(mapping(objective).get("window"))
            if window is not None and window.seconds not in known:
                yield (
                    (*location, "objectives", str(metric), "window"),
                    f"'{window}' is none of `windows` ({', '.join(map(str, windows))}); add it there, or choose one",
                )


def silence_within_horizon(values: Mapping[str, Any], horizon: Duration | None) -> Iterator[Wrong]:
    """Find models that take silence for an answer after predictions have expired."""
    for location, model in items(values, "models"):
        after = as_duration(mapping(model.get("missing_label")).get("after"))
        if after and horizon and after.seconds > horizon.seconds:
            yield (
                (*location, "missing_label", "after"),
                f"'{after}' is longer than a prediction waits for its label, {horizon}; shorten it, or lengthen"
                " label_horizon",
            )


Ladder = Sequence[tuple[Duration | None, Duration | None]]
"""Width and keep of each rung, finest first; None where it is no duration."""


def rungs_nest(ladder: Ladder) -> Iterator[Wrong]:
    """Find rungs of the bucket ladder that do not fit onto the one before."""
    for index, ((finer, kept), (coarser, longer)) in enumerate(pairwise(ladder), start=1):
        if finer and coarser and (coarser.seconds <= finer.seconds or coarser.seconds % finer.seconds):
            yield (
                ("buckets", index, "width"),
                f"'{coarser}' is no multiple of the width before it, {finer}; make it one",
            )
        if kept and longer and longer.seconds <= kept.seconds:
            yield ("buckets", index, "keep"), f"'{longer}' is not longer than the keep before it, {kept}; lengthen it"


def windows_fit(windows: Sequence[Duration | None], ladder: Ladder) -> Iterator[Wrong]:
    """Find windows that are shorter than a bucket, or longer than buckets are kept."""
    width, kept = (ladder[min(1, len(ladder) - 1)][0], ladder[-1][1]) if ladder else (None, None)
    for index, window in enumerate(windows):
        if window and width and window.seconds < width.seconds:
            remedy = "lengthen it, or make the second of `buckets` finer"
            yield ("windows", index), f"'{window}' is shorter than the buckets of histograms, {width}; {remedy}"
        if window and kept and window.seconds > kept.seconds:
            remedy = "shorten it, or lengthen the last `keep` of `buckets`"
            yield ("windows", index), f"'{window}' is longer than buckets are kept, {kept}; {remedy}"


def items(values: Mapping[str, Any], key: str) -> list[tuple[Location, Mapping[str, Any]]]:
    """Return the items of a list that are keys and values, each with its place."""
    return [((key, index), item) for index, item in enumerate(_list(values.get(key))) if isinstance(item, dict)]


def names(values: Mapping[str, Any], key: str) -> Named:
    """Return the names of the items of a list."""
    return [((*location, "name"), item["name"]) for location, item in items(values, key) if _text(item.get("name"))]


def as_duration(value: object) -> Duration | None:
    """Return a value as a duration, None where it is none."""
    try:
        return Duration.parse(value)
    except ValueError:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a value that is keys and values, an empty mapping for any other."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""
