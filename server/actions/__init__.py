"""Verbs: take a transaction, ask the domain, save through the store, return events."""
