"""Shuffle: the feed of its affiliates."""
