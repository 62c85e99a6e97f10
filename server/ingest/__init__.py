"""Listen to a platform, verify, record; decide nothing."""
