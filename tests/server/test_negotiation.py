"""Accept and Accept-Encoding, weights included."""

import pytest

from ml_exporter.server.negotiation import encoding, prefers_openmetrics

_PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
_PROMETHEUS_2_TEXT_FIRST = "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.1"


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "GZIP",
        "x-gzip",
        "*",
        "deflate, gzip;q=1.0, *;q=0.5",
        "gzip;q=0.001",
        "gzip ; q = 0.5",
        "br;q=1.0, gzip;q=0.8, identity;q=0.5",
        "identity, gzip",
    ],
)
def test_gzip_is_sent_to_whom_takes_it(header: str) -> None:
    assert encoding(header) == "gzip"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "identity",
        "deflate",
        "gzip;q=0",
        "gzip;q=0.000",
        "*;q=0",
        "*, gzip;q=0",
        "gzip;q=nonsense",
        "gzip;q=-1",
        "gzip;q=nan",
        "gzip;q=0.5, identity;q=0.8",
        "notgzip",
        ",;,=;q",
    ],
)
def test_gzip_is_not_sent_to_whom_does_not_take_it_or_would_rather_not(header: str) -> None:
    assert encoding(header) == "identity"


@pytest.mark.parametrize(
    "header", ["zstd", "ZSTD;q=0.5", "gzip, deflate, br, zstd", "gzip;q=0.5, zstd", "zstd, identity", "*, zstd"]
)
def test_zstandard_is_sent_to_whom_names_it_and_likes_nothing_better(header: str) -> None:
    assert encoding(header) == "zstd"


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("*", "gzip"),
        ("zstd;q=0", "identity"),
        ("zstd;q=0.5, identity", "identity"),
        ("zstd;q=0.1, gzip;q=0.2, identity;q=0.3", "identity"),
    ],
)
def test_zstandard_is_not_sent_to_whom_would_rather_have_something_else(header: str, sent: str) -> None:
    assert encoding(header) == sent


@pytest.mark.parametrize(
    "header",
    [
        _PROMETHEUS_3,
        "application/openmetrics-text",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
        'Application/OpenMetrics-Text; version="1.0.0"',
        "text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.5",
    ],
)
def test_openmetrics_is_sent_to_whom_prefers_it(header: str) -> None:
    assert prefers_openmetrics(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "*/*",
        "text/plain",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;version=1.0.0;q=0",
        _PROMETHEUS_2_TEXT_FIRST,
    ],
)
def test_the_text_format_is_sent_to_everybody_else(header: str) -> None:
    assert not prefers_openmetrics(header)
