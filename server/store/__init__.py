"""Every query, one file per capability; writes take a transaction."""
