"""Keys of overlays and tokens of persons, as the graph makes, lists and revokes them."""
