"""Work that must survive: transactions, the inbox recorder, queue, leases, worker, schedule."""
