"""Routes, pages, the GraphQL endpoint, health and metrics."""
