"""What each operation answers, as far as the bot reads it; a test compares this with the schema."""
