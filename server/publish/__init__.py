"""Wake-ups for subscribers and buckets for rate limits: in process, through PostgreSQL or Redis; nothing is kept."""
