"""What a person asks on Discord: read, handed to the one that knows the answer, and answered in time."""
