"""Messages that stay in a channel: what they show, how they are kept up to date, and who answers their buttons."""
