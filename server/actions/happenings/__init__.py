"""Happenings: attach their copies, tell each once, and let staff decide where nobody else can."""
