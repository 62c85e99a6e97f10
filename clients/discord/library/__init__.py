"""The library interactions.py behind one door: a gateway that comes back, and the REST API as the bot uses it."""
