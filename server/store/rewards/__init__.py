"""Rewards of channels, and their redemptions."""
