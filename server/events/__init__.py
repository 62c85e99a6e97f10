"""What happened, in our words: frozen dataclasses, one file per subject."""
