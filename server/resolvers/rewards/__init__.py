"""Channel rewards in the graph: what can be asked, and what can be done."""
