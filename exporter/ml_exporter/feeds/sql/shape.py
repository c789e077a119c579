"""The shape of rows: which columns there are, and which of them events are read from."""

from collections import Counter
from collections.abc import Sequence

from ml_exporter.config.explaining import meant
from ml_exporter.config.feed import FIELDS
from ml_exporter.feeds.decoding.flat import OBJECTS
from ml_exporter.feeds.interface import FeedError
from ml_exporter.feeds.sql.settings import SqlFeedSettings

_REQUIRED = {
    "predictions": ("prediction_id", "timestamp"),
    "labels": ("prediction_id", "timestamp", "actual"),
    "outcomes": ("prediction_id", "timestamp", "actual"),
}


def used_columns(settings: SqlFeedSettings, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that events are read from, in alphabetical order.

    Args:
        settings: the feed's.
        names: the columns that there are.

    Raises:
        FeedError: a column is missing without which no event can be used, or one is there twice.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise FeedError(f"the query gives two columns {twice[0]}; name each otherwise (select a.{twice[0]} as ...)")
    ours = {field: settings.fields.get(field, field) for field in FIELDS[settings.events]}
    wanted = [*settings.cursor_columns, *settings.fields.values(), *(ours[one] for one in _REQUIRED[settings.events])]
    for column in wanted:
        if column not in names and not any(name.startswith(f"{column}.") for name in names):
            likely = meant(column, names)
            raise FeedError(
                f"there is no column {column}, only {', '.join(names)};"
                f"{f' did you mean {likely}?' if likely else ''} correct `cursor`, `fields` or the query"
            )
    objects = tuple(f"{ours[field]}." for field in OBJECTS if field in ours)
    used = {*ours.values(), *settings.cursor_columns}
    return tuple(sorted(name for name in names if name in used or name.startswith(objects)))


def same_columns(before: Sequence[str], now: Sequence[str]) -> None:
    """See that events are read from the same columns as before.

    Raises:
        FeedError: one has gone or come: from then on events would mean something else.
    """
    gone, come = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    if gone:
        raise FeedError(
            f"the column {gone[0]} is there no longer, and events are read from it; put it back, or write a `query`"
            f" that gives it (select ... as {gone[0]}) or does without"
        )
    if come:
        raise FeedError(
            f"there is a new column {come[0]}, which events would be read from now; write a `query` that names the"
            " columns to read, with it or without"
        )
