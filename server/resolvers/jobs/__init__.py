"""Jobs of clients: told of, leased and acknowledged; and dead ones, for staff."""
