"""Charts as pictures: what is drawn, how it looks in any light, and who draws it without holding anybody up."""
