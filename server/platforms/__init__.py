"""The outside platforms, one folder each: signatures, payloads, clients."""
