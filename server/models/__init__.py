"""Tables: columns and constraints only."""
