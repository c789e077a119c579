"""What to do when the store cannot be used, said the same everywhere."""

DAMAGED = (
    "restore a backup (ml-exporter store restore), or move the store's folder away and start anew: feeds that can be"
    " read again are read from the beginning"
)

FULL = "check free space and permissions of its folder"
