"""Role rewards: set up, given and taken."""
