"""Events that cannot be used, by reason, each with a sample."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding, Rank

_SHOWN = 300
"""So many characters of an event are shown."""


def examine(case: Case) -> Iterator[Finding]:
    """Find feeds of which events were rejected; before the first run, events that would be."""
    for sample in case.feeds:
        name = sample.settings.name
        counts: Mapping[str, int] = Counter(str(one.reason) for one in sample.rejections)
        said = "first events" if sample.from_its_beginning else "newest events"
        # Of a sample from its beginning only usable events are known; of files all rows that could be parsed.
        beside = [one for one in sample.rejections if sample.from_its_beginning or one.reason == "malformed"]
        total = sample.rows + len(beside)
        if case.stored is not None:
            counters = case.stored.join.feed(name)
            counts, total, said = counters.rejected, counters.events, "events so far"
        rejected = {reason: count for reason, count in counts.items() if count}
        if rejected:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(rejected.items()))
            yield Finding(
                Rank.EVENTS,
                f"{sum(rejected.values()):,} of {total:,} {said} of the feed {name} cannot be used: {reasons}",
                "correct what writes them; docs/feeds.md has every field. To use those that were rejected, write them"
                " corrected into a file of the feed",
                tuple(_samples(case, sample, rejected)),
            )


def _samples(case: Case, sample: FeedSample, rejected: Mapping[str, int]) -> Iterator[str]:
    """Yield for each reason what is wrong, and an event, from the dead letters or else from the files."""
    letters = case.dead_letters.get(sample.settings.name, {})
    newest = {str(one.reason): (one.detail, one.event) for one in sample.rejections}
    for reason in sorted(rejected):
        letter = letters.get(reason)
        if letter is not None:
            yield f"{reason}: {letter.detail} ({letter.place}): {letter.event[:_SHOWN]}"
        elif reason in newest:
            detail, event = newest[reason]
            yield f"{reason}: {detail}: {event[:_SHOWN]}"
