"""The parts of a server, each made from the settings."""
