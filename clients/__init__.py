"""Programs that stand outside the server and speak only GraphQL, and the simulator of the platforms."""
