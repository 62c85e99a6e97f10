"""What can be asked about draws, and done with them."""
