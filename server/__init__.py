"""The Regulars server: one GraphQL endpoint that owns all data and all rules."""
