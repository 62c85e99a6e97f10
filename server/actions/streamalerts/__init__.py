"""Alerts on stream: made of what happens, shown one after another, and steered by staff."""
