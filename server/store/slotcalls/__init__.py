"""Slot calls as they are kept: the queue, what is blocked, how calls were picked, and the catalogue."""
