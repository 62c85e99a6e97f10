"""Keys and tokens that people hand out, and which of them were taken back."""
