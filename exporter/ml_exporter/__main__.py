"""``python -m ml_exporter`` is the same as the command ``ml-exporter``."""

from ml_exporter.cli import main

if __name__ == "__main__":
    main()
