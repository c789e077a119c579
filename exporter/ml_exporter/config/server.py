"""The section ``server``: where it listens, and what it bears."""

from pydantic import Field, field_validator

from ml_exporter.config.base import Section
from ml_exporter.config.duration import Duration
from ml_exporter.config.names import HostAndPort


class ServerSettings(Section):
    """The HTTP server."""

    listen: list[HostAndPort] = Field(default=["0.0.0.0:9877"], min_length=1)
    """Addresses to listen on, as host:port."""

    web_config_file: str | None = None
    """TLS and basic auth, in a file of the format that all exporters of Prometheus share. It is read again when it
    changes."""

    read_timeout: Duration = Duration.parse("10s")
    """How long a client may take to send its request."""

    write_timeout: Duration = Duration.parse("30s")
    """How long a client may leave a response lying."""

    max_connections: int = Field(default=200, ge=1)
    """Connections beyond this many are closed at once."""

    max_streams: int = Field(default=20, ge=0)
    """So many clients may listen to /api/v1/stream, as each status page does that is open and seen."""

    max_header_bytes: int = Field(default=16_384, ge=1024)
    """A request whose head is longer is refused."""

    enable_reload: bool = False
    """Whether `POST /-/reload` reads the configuration again, as the signal SIGHUP does. Whoever reaches the port may
    then; a web configuration file with users says who."""

    collector_patience: Duration = Duration.parse("500ms")
    """How long a scrape waits for collectors; what takes longer shows what it collected before."""

    @field_validator("listen")
    @classmethod
    def _each_once(cls, value: list[str]) -> list[str]:
        if len(set(value)) != len(value):
            raise ValueError("names an address twice; name each once")
        return value
