"""Data versions: what DVC's pointers say, where the content is, and what can be said about it."""
