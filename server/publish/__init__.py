"""Wake-ups for subscribers: in process, through PostgreSQL or through Redis; hints only."""
