"""Kick: how it signs, what it sends."""
