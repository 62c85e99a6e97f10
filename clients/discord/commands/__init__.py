"""The slash commands, a file for each capability: options in, one question to the server, a card out."""
