"""Draws that anybody can check, by the procedure RDP-1: who is in, what was promised before, who won and why."""
