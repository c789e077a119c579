"""What a feed of files, wherever they lie, can be told about them."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.formats.found import formats


def _known(name: str) -> str:
    if name not in formats():
        raise ValueError(f"{name!r} is no format; choose from {', '.join(formats())}")
    return name


def _name_formats(schema: dict[str, Any]) -> None:
    schema["enum"] = list(formats())


class FormatSettings(FeedSettings):
    """Files of any format."""

    format: Annotated[str, AfterValidator(_known), Field(json_schema_extra=_name_formats)] | None = None
    """The format of all files: `jsonl`, `csv` or `parquet`. Default: what the name of each file says (`.csv`,
    `.parquet`; `.gz`, `.zst` and what rotation adds may stand behind it), and JSON lines where it says nothing."""

    delimiter: str = Field(default=",", pattern=r"^[ !#-~\t]$")
    """CSV: the character between two cells, one of ASCII."""
