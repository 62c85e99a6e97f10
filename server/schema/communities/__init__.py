"""A community in the graph: its fields by what they tell, and what making one takes and gives."""
