"""What a process holds in memory."""

from pathlib import Path


def resident(process: int | str = "self") -> int:
    """Return the bytes that a process holds: its own, and pages of mapped files."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    return sum(int(values[name].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))
