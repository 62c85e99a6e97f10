"""What affiliate feeds told, and who claims which name in them."""
