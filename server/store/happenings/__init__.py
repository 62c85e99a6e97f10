"""Every query about happenings: what has happened, and the copies that told it."""
