"""What an event costs on its way from a file to /metrics, beside what others cost on the same rows."""
