"""Where the parts of a store lie in its folder."""

DATABASE = "ledger.sqlite"
SEGMENTS = "segments"
SUFFIX = ".segment"

RESTORING = "restoring"
"""Where a store is put together that is to take the place of another one."""
