"""What the graph shows of giveaways, and what their mutations take and give."""
