"""Counting with Spark: events of any volume become files of tallies, which an exporter takes in. See docs/spark.md."""

try:
    import pyarrow  # noqa: F401 - both are needed, and come with the same extra
    import pyspark  # noqa: F401
except ImportError as error:
    raise ImportError('counting with Spark needs pyspark and pyarrow: pip install "ml-exporter[spark]"') from error

from ml_exporter.spark.batch import Job, count_batch, name_of
from ml_exporter.spark.decoding import Source
from ml_exporter.spark.stream import Stream, count_stream

__all__ = ["Job", "Source", "Stream", "count_batch", "count_stream", "name_of"]
