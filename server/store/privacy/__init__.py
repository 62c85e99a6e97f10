"""What is held about people: where it stands, how it is shown to them, how it goes."""
