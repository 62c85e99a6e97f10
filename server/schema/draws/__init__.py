"""What the graph shows of draws, and what their mutations take and give."""
