"""Raffles in the graph: the nouns, and what mutations take and give."""
