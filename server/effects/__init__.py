"""One handler per server-side job kind."""
