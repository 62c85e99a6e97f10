"""The public beacon drand: its relays, and the check that makes it irrelevant who hands a round over."""
