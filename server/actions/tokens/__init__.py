"""Hand out keys and tokens, and take them back."""
