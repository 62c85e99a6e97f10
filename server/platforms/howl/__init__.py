"""Howl: the leaderboard of its affiliates."""
