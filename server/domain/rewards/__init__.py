"""Rewards of channels: what a platform knows of them, what ours do, and how a redemption gets on."""
