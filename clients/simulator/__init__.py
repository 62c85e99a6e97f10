"""Plays Kick on 127.0.0.1: a believable community, signed deliveries, faults on demand and a book of the truth."""
