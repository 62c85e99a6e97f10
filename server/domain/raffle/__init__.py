"""Raffles: what earns tickets, how rates are shared out exactly, and the periods in which they are earned."""
