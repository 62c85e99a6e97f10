"""What can be asked about raffles, and done with them."""
