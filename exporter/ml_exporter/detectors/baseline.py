"""Baselines: what a metric looked like while the model was healthy, learnt from its past buckets.

For a proportion, e0 is the Clopper-Pearson upper bound (99.9 %) of the bad rate, on counts divided by the
overdispersion, plus the tolerance. For values it is the t bound of their mean, likewise. From 28 days on the baseline
follows the hour of the week; from 14 days the hour of the day, plus a tolerance that covers the days of the week seen;
before, it is level, plus a tolerance that covers the hours and the days seen.

The overdispersion phi says how many times more the level varies than independent outcomes (or independent buckets, for
values) would. It is measured over single buckets, hours and days, around the rhythm, and the largest counts: with one
outcome a bucket it is 1 by construction over buckets, however the errors cluster.
"""

from dataclasses import dataclass, fields

import numpy as np

from ml_exporter.detectors import overdispersion
from ml_exporter.detectors.bounds import Z, clopper_pearson, student_margin
from ml_exporter.detectors.interface import Baseline, Bools, Floats, State
from ml_exporter.detectors.past import Past, Summary, deviation, summarise
from ml_exporter.detectors.rhythm import DAY, HOUR, HOURS_OF_WEEK, Part, Rhythm, hour_of_week

FEWEST_OUTCOMES = 1000
"""With fewer there is no baseline yet."""

FEWEST_BUCKETS = 30
"""With fewer there is no baseline of values yet."""

BY_HOUR_FROM, BY_HOUR_OF_WEEK_FROM = 14 * DAY, 28 * DAY
"""How long a past must be to know a rhythm."""

_STREAMS_AT_ONCE = 128
"""Bounds the memory that learning takes."""


@dataclass(frozen=True)
class LearntBaseline:
    """Everything that is known of normal times, for every time of the week."""

    summary: Summary
    std: Floats
    """(streams,) of single buckets around the rhythm."""

    overdispersion: Floats
    filled: Floats
    lower: Floats
    upper: Floats

    effect: Floats
    """(streams, 168) by how much the level differs from the mean around the middle of each hour of the week."""

    margin: Floats
    """(streams, 168) by how much the bound lies above mean and effect; NaN: nothing is known yet."""

    @property
    def known(self) -> Bools:
        """Tell for which streams there is a baseline, (streams,)."""
        return np.asarray(~np.isnan(self.margin).any(axis=1))

    def at(self, time: float, timezone: str) -> Baseline:
        """Return the baseline for the bucket whose middle is at that time, interpolated between hours.

        Args:
            time: seconds since the epoch.
            timezone: IANA name of the zone in which people live by the clock.
        """
        place = float(hour_of_week(np.array([time]), timezone)[0]) - 0.5
        before, share = int(np.floor(place)), place - np.floor(place)
        columns = [before % HOURS_OF_WEEK, (before + 1) % HOURS_OF_WEEK]
        weights = np.array([1 - share, share])
        mean = self.summary.mean + self.effect[:, columns] @ weights
        bound = mean + self.margin[:, columns] @ weights
        return Baseline(
            mean=mean,
            bound=np.minimum(bound, self.upper),
            typical=self.summary.mean,
            std=self.std,
            buckets=self.summary.buckets,
            outcomes=self.summary.outcomes,
            overdispersion=self.overdispersion,
            filled=self.filled,
            lower=self.lower,
            upper=self.upper,
        )

    def to_state(self) -> State:
        """Return it as arrays by stream, which ``detectors.state`` stores, cuts and joins."""
        summary = {f"summary.{field.name}": getattr(self.summary, field.name) for field in fields(Summary)}
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "summary"}
        return summary | own

    @classmethod
    def from_state(cls, state: State) -> "LearntBaseline":
        """Read what ``to_state`` wrote."""
        summary = Summary(**{field.name: state[f"summary.{field.name}"] for field in fields(Summary)})
        return cls(summary, **{field.name: state[field.name] for field in fields(cls) if field.name != "summary"})


def learn(past: Past, lower: Floats, upper: Floats, tolerance: Floats, timezone: str) -> LearntBaseline:
    """Learn the baselines of streams from their past.

    Args:
        past: at least one bucket.
        lower: (streams,) the smallest level there can be, -inf where it is unbounded.
        upper: (streams,) the largest.
        tolerance: (streams,) how much above normal still is normal, in the unit of the level.
        timezone: IANA name of the zone in which people live by the clock.
    """
    streams = past.outcomes.shape[1]
    parts = [
        _learn(past.part(part), lower[part], upper[part], tolerance[part], timezone)
        for part in (slice(begin, begin + _STREAMS_AT_ONCE) for begin in range(0, streams, _STREAMS_AT_ONCE))
    ]
    states = [part.to_state() for part in parts]
    return LearntBaseline.from_state({name: np.concatenate([state[name] for state in states]) for name in states[0]})


def _learn(past: Past, lower: Floats, upper: Floats, tolerance: Floats, timezone: str) -> LearntBaseline:
    summary = summarise(past)
    level = past.level
    told = ~np.isnan(level)
    proportion = ~np.isnan(past.bad[0])
    mean = summary.mean
    weight = np.where(told, np.where(proportion, past.outcomes, 1.0), 0.0)
    excess = np.where(told, weight * (level - mean), 0.0)
    binomial = np.where(proportion, mean * (1 - mean), np.nan)
    levels = overdispersion.Levels(past.start, past.width, weight, excess)
    spread = overdispersion.measure(levels, binomial, timezone)

    independent = weight.sum(axis=0) / spread.overdispersion
    margin = np.where(
        proportion,
        clopper_pearson(mean * independent, independent) - mean,
        student_margin(spread.unit_variance, independent),
    )
    effect, uncertain, cover = _modelled(spread.rhythm, past.length)
    margins = np.sqrt(margin**2 + Z**2 * uncertain) + cover + tolerance
    enough = (summary.outcomes >= FEWEST_OUTCOMES) & (proportion | (summary.buckets >= FEWEST_BUCKETS))
    fine = (past.width <= HOUR)[:, None]
    cells = hour_of_week(past.start + past.width / 2, timezone).astype(np.intp)
    return LearntBaseline(
        summary=summary,
        std=deviation(level - np.where(fine, spread.rhythm.at(cells), 0.0)),
        overdispersion=spread.overdispersion,
        filled=past.filled,
        lower=lower,
        upper=upper,
        effect=np.ascontiguousarray(effect.T),
        margin=np.ascontiguousarray(np.where(enough, margins, np.nan).T),
    )


def _modelled(found: Rhythm, length: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the rhythm that the past is long enough for, its variance, both (168, streams), and cover for the rest."""
    hours, days, rest = found.by_hour, found.by_day, found.by_hour_of_week
    by_hour = length >= BY_HOUR_FROM
    by_week = length >= BY_HOUR_OF_WEEK_FROM
    effect = np.where(by_hour, np.tile(hours.effect, (7, 1)), 0.0)
    effect = effect + np.where(by_week, np.repeat(days.effect, 24, axis=0) + rest.effect, 0.0)
    uncertain = np.where(by_hour, np.tile(hours.variance, (7, 1)), 0.0)
    uncertain = uncertain + np.where(by_week, np.repeat(days.variance, 24, axis=0) + rest.variance, 0.0)
    cover = np.where(by_hour, 0.0, _highest(hours)) + np.where(by_week, 0.0, _highest(days))
    return effect, uncertain, cover


def _highest(part: Part) -> Floats:
    highest: Floats = (part.effect + Z * np.sqrt(part.variance)).max(axis=0)
    return np.maximum(highest, 0.0)
