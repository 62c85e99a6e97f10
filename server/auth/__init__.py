"""Who is asking: signed tokens and what they allow."""
