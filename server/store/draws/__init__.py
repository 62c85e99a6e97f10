"""Every query about draws: where they stand, who is in, the signed log, and who was drawn."""
