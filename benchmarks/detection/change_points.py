"""Cover and F1 on the annotated series, of every setting, and of the setting that the other series would choose."""

from dataclasses import dataclass

import numpy as np

from benchmarks.detection.annotated import Series, load
from benchmarks.detection.contenders import Floats
from benchmarks.detection.scores import cover, f1
from benchmarks.detection.segmenters import Segmenter, online, pelt_of_ours, pelt_of_ruptures


@dataclass(frozen=True)
class Scored:
    """A setting with its scores on each series."""

    segmenter: Segmenter
    f1: Floats
    cover: Floats

    @property
    def sum(self) -> float:
        """Return what a setting is chosen by: mean F1 plus mean cover."""
        return float(self.f1.mean() + self.cover.mean())


def measure() -> tuple[list[Series], list[Scored]]:
    """Score every setting on every series."""
    series = load()
    scored = []
    for segmenter in (*pelt_of_ours(), *pelt_of_ruptures(), *online()):
        found = [segmenter.find(each) for each in series]
        pairs = list(zip(series, found, strict=True))
        scored.append(
            Scored(
                segmenter,
                np.array([f1(each.annotations, changes) for each, changes in pairs]),
                np.array([cover(each.annotations, changes, len(each.values)) for each, changes in pairs]),
            )
        )
    return series, scored


def table(series: list[Series], scored: list[Scored]) -> str:
    """Return the table: defaults, best single settings, and settings chosen on the other six series."""
    ours = [each for each in scored if each.segmenter.method.startswith("ours")]
    ruptures = [each for each in scored if each.segmenter.method.startswith("ruptures")]
    lines = [
        f"| method | setting | mean F1 | mean cover | {' | '.join(each.name for each in series)} |",
        f"| --- | --- | ---: | ---: |{' ---: |' * len(series)}",
    ]
    defaults = [each for each in ours if each.segmenter.setting == "penalty x 1.0"]
    lines += [_line(each.segmenter.method, "default", each.f1, each.cover) for each in defaults]
    for name, key in (("F1", _mean_f1), ("cover", _mean_cover), ("both", lambda each: each.sum)):
        best = max(ruptures, key=key)
        lines.append(_line("ruptures PELT", f"best {name}: {best.segmenter.setting}", best.f1, best.cover))
    for method in ("ours, absolute", "ours, squared"):
        settings = [each for each in ours if each.segmenter.method == method]
        lines.append(_line(method, "penalty chosen on the other six", *_left_out(settings)))
    lines.append(_line("ruptures PELT", "setting chosen on the other six", *_left_out(ruptures)))
    lines += [
        _line(each.segmenter.method, each.segmenter.setting, each.f1, each.cover)
        for each in scored
        if each.segmenter.method.endswith("online")
    ]
    return "\n".join(lines)


def penalties(scored: list[Scored]) -> str:
    """Return how our scores depend on the penalty."""
    lines = ["| loss | penalty, times the default | mean F1 | mean cover |", "| --- | ---: | ---: | ---: |"]
    for each in scored:
        if each.segmenter.method.startswith("ours"):
            loss, factor = each.segmenter.method.split(", ")[1], each.segmenter.setting.split(" ")[-1]
            lines.append(f"| {loss} | {factor} | {each.f1.mean():.3f} | {each.cover.mean():.3f} |")
    return "\n".join(lines)


def _mean_f1(each: Scored) -> float:
    return float(each.f1.mean())


def _mean_cover(each: Scored) -> float:
    return float(each.cover.mean())


def _left_out(settings: list[Scored]) -> tuple[Floats, Floats]:
    """Return the scores of each series under the setting that is best on all others."""
    places = range(len(settings[0].f1))
    chosen = [
        max(settings, key=lambda each, place=place: np.delete(each.f1 + each.cover, place).mean()) for place in places
    ]
    scores = np.array([(each.f1[place], each.cover[place]) for place, each in enumerate(chosen)])
    return scores[:, 0], scores[:, 1]


def _line(method: str, setting: str, own_f1: Floats, own_cover: Floats) -> str:
    each = " | ".join(f"{first:.2f} / {second:.2f}" for first, second in zip(own_f1, own_cover, strict=True))
    return f"| {method} | {setting} | {own_f1.mean():.3f} | {own_cover.mean():.3f} | {each} |"
