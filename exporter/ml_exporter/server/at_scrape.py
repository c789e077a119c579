"""The families that are only known at a scrape: what collectors read, and how the server itself fares."""

from collections.abc import Callable, Iterable

from ml_exporter.catalogue import http
from ml_exporter.collectors import Collectors
from ml_exporter.server.refusals import Refusals
from ml_exporter.server.web import Web
from ml_exporter.snapshot import Samples


def samples_at_scrape(collectors: Collectors, refusals: Refusals, web: Callable[[], Web]) -> Iterable[Samples]:
    """Return the families, each once."""
    yield Samples(http.REFUSED, [((reason,), float(count)) for reason, count in refusals.items()])
    good = web().good
    if good is not None:
        yield Samples(http.WEB_CONFIG_GOOD, [((), float(good))])
    for reading in collectors.gather():
        yield Samples(reading.family, reading.samples)
