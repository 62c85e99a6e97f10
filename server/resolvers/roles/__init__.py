"""Role rewards: read, set up, and brought up to date."""
