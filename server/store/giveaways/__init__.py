"""Every query about giveaways: where they stand, who entered, who would be in, and who won."""
