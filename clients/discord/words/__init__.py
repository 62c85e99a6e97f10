"""Every sentence of the bot, in each language that it speaks."""
