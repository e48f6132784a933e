"""Who may call tracking: the access file, and whether the running server goes by it."""
