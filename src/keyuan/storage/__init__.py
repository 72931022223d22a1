"""PostgreSQL: the embedded or external server, the pool, transactions, the one migrator."""
