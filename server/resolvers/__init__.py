"""Verbs of the graph: queries, mutations, subscriptions, loaders."""
