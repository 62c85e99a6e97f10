"""The page on which a viewer checks a draw in the browser, and the program that makes it one file."""
