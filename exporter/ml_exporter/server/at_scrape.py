"""The families that are only known at a scrape: what collectors read, and how the server itself fares."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ml_exporter.catalogue import Family, http
from ml_exporter.collectors import Collectors
from ml_exporter.feeds import Inboxes
from ml_exporter.feeds.receiving import Inbox
from ml_exporter.server.refusals import Refusals
from ml_exporter.server.web import Web
from ml_exporter.snapshot import Samples


def samples_at_scrape(
    collectors: Collectors, refusals: Refusals, web: Callable[[], Web], inboxes: Inboxes | None = None
) -> Iterable[Samples]:
    """Return the families, each once."""
    yield from _queues([] if inboxes is None else inboxes.all())
    yield Samples(http.REFUSED, [((reason,), float(count)) for reason, count in refusals.items()])
    good = web().good
    if good is not None:
        yield Samples(http.WEB_CONFIG_GOOD, [((), float(good))])
    for reading in collectors.gather():
        yield Samples(reading.family, reading.samples)


def _queues(inboxes: Sequence[Inbox]) -> Iterable[Samples]:
    """Return how full the queues of feeds are that are sent events; none where there are no such feeds."""
    if not inboxes:
        return
    shown: Mapping[Family, Callable[[Inbox], int]] = {
        http.ACKNOWLEDGED: lambda inbox: inbox.acknowledged,
        http.QUEUED_REQUESTS: lambda inbox: inbox.requests,
        http.QUEUED_REQUESTS_LIMIT: lambda inbox: inbox.limits.requests,
        http.QUEUED_BYTES: lambda inbox: inbox.bytes,
        http.QUEUED_BYTES_LIMIT: lambda inbox: inbox.limits.bytes,
    }
    for family, value in shown.items():
        yield Samples(family, [((inbox.settings.name,), float(value(inbox))) for inbox in inboxes])
