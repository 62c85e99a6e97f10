"""The graph over HTTP and over websockets, at one address."""
