"""Watch time: what a chat message is worth, and to whom, computed from nothing but the facts."""
