"""Wagers: feeds are set up and polled, and people claim their names in them."""
