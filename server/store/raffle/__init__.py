"""Every query about raffles: periods, the ledger of tickets, the board, and what is to be looked at again."""
