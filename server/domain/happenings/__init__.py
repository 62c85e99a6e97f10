"""Which copies tell of one happening, and what is known of it from all of them."""
