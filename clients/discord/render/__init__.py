"""How answers look: pure functions from data to what Discord shows, within every limit of Discord."""
