"""The tests: a package by name, because a library that the bot needs brings a package `tests` of its own."""
