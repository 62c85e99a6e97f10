"""What the server wants done on Discord: taken as jobs, carried out in their order, and acknowledged."""
