"""What can be asked about giveaways, and done with them."""
