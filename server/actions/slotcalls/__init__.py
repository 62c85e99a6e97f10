"""Slot calls: call, pick, play or drop, block, and import the catalogue."""
