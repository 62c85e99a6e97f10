"""Chat in both directions: commands are heard and answered, and lines are queued."""
