"""Alerts on stream in the graph: nouns, and what mutations take and give."""
