"""Where generated files find what the configuration keeps in files of its own."""

from pathlib import PurePosixPath


def secret_path(path: str) -> str:
    """Return the path of a secret as a generated file names it: one folder further down than the configuration."""
    return path if PurePosixPath(path).is_absolute() else str(PurePosixPath("..") / path)
