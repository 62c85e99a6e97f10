"""Slot calls: the rules of calling and picking, and how a list of slots is read."""
