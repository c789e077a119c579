"""What watching features costs an event."""
