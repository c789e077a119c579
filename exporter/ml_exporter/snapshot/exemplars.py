"""Exemplars in OpenMetrics: behind a bucket of a histogram, a request that fell into it and its trace."""

from collections.abc import Iterator, Mapping, Sequence

from ml_exporter.tallies import Exemplar


def with_exemplars(text: bytes, family: str, exemplars: Sequence[Mapping[int, Exemplar]]) -> bytes:
    """Return an OpenMetrics text whose histogram has exemplars.

    Args:
        text: whole families.
        family: the histogram's name.
        exemplars: for each of its series, in the order in which they stand in the text, bucket to exemplar; buckets
            are counted from the lowest.
    """
    begin = text.find(b"# HELP %b " % family.encode())
    if begin < 0 or not any(exemplars):
        return text
    end = text.find(b"\n# HELP ", begin) + 1 or len(text)
    return text[:begin] + b"".join(_lines(text[begin:end], b"%b_bucket{" % family.encode(), exemplars)) + text[end:]


def _lines(block: bytes, bucket: bytes, exemplars: Sequence[Mapping[int, Exemplar]]) -> Iterator[bytes]:
    """Yield the lines of a family: buckets from the lowest on, series after series, those of each end with +Inf's."""
    series = place = 0
    for line in block.splitlines(keepends=True):
        if not line.startswith(bucket):
            yield line
            continue
        exemplar = exemplars[series].get(place)
        yield line if exemplar is None else line[:-1] + _written(exemplar)
        series, place = (series + 1, 0) if b'le="+Inf"' in line else (series, place + 1)


def _written(exemplar: Exemplar) -> bytes:
    """Write an exemplar; a trace id holds nothing that would have to be escaped."""
    return f' # {{trace_id="{exemplar.trace_id}"}} {exemplar.latency!r} {exemplar.timestamp!r}\n'.encode()
