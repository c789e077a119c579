"""Sources that cannot be read, that hold nothing, or that stand still."""

from collections.abc import Iterator

from ml_exporter.doctor.case import Case, FeedSample
from ml_exporter.doctor.finding import Finding, Rank
from ml_exporter.doctor.said import moment, span

_PATIENCE = 60.0
"""Seconds within which a running exporter has read what was written."""


def examine(case: Case) -> Iterator[Finding]:
    """Find feeds that bring nothing new."""
    for sample in case.feeds:
        if sample.problem:
            yield Finding(Rank.SOURCE, f"the feed {sample.settings.name} cannot be read", sample.problem)
        elif sample.files and not sample.rows and not sample.rejections:
            yield _empty(sample)
        else:
            yield from _standing(case, sample)


def _empty(sample: FeedSample) -> Finding:
    name = sample.settings.name
    if sample.unended:
        return Finding(
            Rank.SOURCE,
            f"the feed {name} holds one line that has no end",
            "a line is read once its newline is there: let the writer end each event with one",
        )
    return Finding(Rank.SOURCE, f"the feed {name} holds no event", "let something write events into its files")


def _standing(case: Case, sample: FeedSample) -> Iterator[Finding]:
    feed, stalled_after = sample.settings, sample.settings.stalled_after.seconds
    newest = sample.newest
    if case.stored is not None:
        newest = max(newest, case.stored.join.feed(feed.name).last_event)
    if case.stored is not None and sample.unread and case.now - sample.written > _PATIENCE:
        yield Finding(
            Rank.SOURCE,
            f"nobody reads the feed {feed.name}: {sample.unread:,} bytes wait since {moment(sample.written)}",
            "start the exporter (ml-exporter run), or look into its log for `feed failed`",
        )
    if newest and case.now - newest > stalled_after:
        still = f"its newest event is of {moment(newest)}, {span(case.now - newest)} ago"
        written = f"its files were last written to at {moment(sample.written)}" if sample.written else ""
        yield Finding(
            Rank.SOURCE,
            f"the feed {feed.name} stands still: {still}",
            f"find out why nothing newer is written; if that is usual, raise its stalled_after ({feed.stalled_after})",
            (written,) if written else (),
        )
