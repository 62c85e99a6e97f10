"""Watch time: its rules, what a viewer has and why, and changes by staff."""
