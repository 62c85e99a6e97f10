"""The demo: a server on a fresh SQLite file, a simulated Kick and Discord, the bot, and viewers who use it."""
