"""Finding the kinds of feed."""

import subprocess
import sys
from pathlib import Path

import pytest

from ml_exporter import feeds
from ml_exporter.feeds.file import FileFeedSettings


def test_a_kind_is_found_where_a_module_defines_it() -> None:
    assert feeds.kinds()["file"].settings is FileFeedSettings


def test_importing_the_room_loads_no_kind() -> None:
    """Each kind may need packages that are not installed, or that take long to load."""
    code = "import sys, ml_exporter.feeds; print('ml_exporter.feeds.file' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "False"


_OPTIONAL = ("confluent_kafka", "deltalake", "fastavro", "obstore", "psycopg", "pyspark", "redis", "sqlalchemy")
"""What extras bring."""


def test_every_kind_is_found_where_no_optional_library_is_installed() -> None:
    """Whoever uses none of them has none: a feed of files must not need the client of a broker."""
    code = f"""
import sys
sys.modules.update(dict.fromkeys({_OPTIONAL!r}))  # to import one raises ImportError
from ml_exporter import feeds
from ml_exporter.pipeline import load_configuration
from pathlib import Path
assert len(feeds.kinds()) > 6
load_configuration(Path(sys.argv[1]))
"""
    example = Path(__file__).parents[2] / "examples" / "feed-file.yml"
    done = subprocess.run([sys.executable, "-c", code, str(example)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("kind", "library", "extra"),
    [
        ("kafka", "confluent_kafka", "kafka"),
        ("object_store", "obstore", "objects"),
        ("delta", "deltalake", "delta"),
        ("redis", "redis", "redis"),
        ("sql", "sqlalchemy", "sql"),
    ],
)
def test_a_feed_whose_library_is_missing_says_how_to_install_it(kind: str, library: str, extra: str) -> None:
    code = f"""
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {library!r} else found(name, *rest)
from ml_exporter.cli import main
sys.argv = ["ml-exporter", "check", sys.argv[1]]
main()
"""
    example = Path(__file__).parents[2] / "examples" / f"feed-{kind}.yml"
    done = subprocess.run([sys.executable, "-c", code, str(example)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f'pip install "ml-exporter[{extra}]"' in done.stdout + done.stderr
