"""Pages for people: signing in, setting up a community, linking accounts, terms and privacy."""
