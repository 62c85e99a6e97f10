"""The playground: its page, and the program that fetches what the page is made of."""
