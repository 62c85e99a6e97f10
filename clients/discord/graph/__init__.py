"""The GraphQL server as the bot asks it: documents in files, a fresh token each time, a word for each way to fail."""
