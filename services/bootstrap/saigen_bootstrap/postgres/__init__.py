"""The metadata databases: who owns them, who may connect, and the lock that keeps two applies apart."""
