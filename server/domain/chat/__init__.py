"""Chat: how commands are read, what is answered, and how a line is made fit to be posted."""
