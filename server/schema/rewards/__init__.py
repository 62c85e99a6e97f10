"""Channel rewards in the graph: what there is, and what mutations take and give."""
