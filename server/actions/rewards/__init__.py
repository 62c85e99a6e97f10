"""Rewards of channels: wish for them, hear redemptions, carry them out, and settle them with the platform."""
