"""What happens to draws: planned, asked for, closed, promised, drawn, passed on and given up."""
