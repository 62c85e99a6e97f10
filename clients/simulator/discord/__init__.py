"""Plays Discord on 127.0.0.1, REST and gateway of version 10: a stage on which a bot of any library runs."""
