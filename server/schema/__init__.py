"""Nouns of the graph, their policies and the loaders' types."""
