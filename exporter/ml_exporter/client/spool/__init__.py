"""The spool: where events wait on disk while the exporter is away.

A folder that several processes may share; within it each has one of its own, with segments: files of JSON lines, one
event each, that are only ever appended to and removed as a whole.
"""

from ml_exporter.client.spool.spool import Spool

__all__ = ["Spool"]
