"""Watch time: take in evidence, count it, recount it, adjust it, change its rules."""
