"""Alerts on stream in the graph: what overlays show, and what staff does about it."""
