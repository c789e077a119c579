"""Finding the kinds of feed."""

import subprocess
import sys

from ml_exporter import feeds
from ml_exporter.feeds.file import FileFeedSettings


def test_a_kind_is_found_where_a_module_defines_it() -> None:
    assert feeds.kinds()["file"].settings is FileFeedSettings


def test_importing_the_room_loads_no_kind() -> None:
    """Each kind may need packages that are not installed, or that take long to load."""
    code = "import sys, ml_exporter.feeds; print('ml_exporter.feeds.file' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False"
