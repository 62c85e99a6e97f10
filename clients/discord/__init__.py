"""The Discord bot: it hears what a person asks, asks the server once, and shows the answer; it owns no data."""
