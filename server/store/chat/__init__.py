"""Chat as it is kept: lines on their way out, commands, and cool-downs."""
