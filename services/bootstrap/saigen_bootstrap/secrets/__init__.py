"""Secrets: which files there are, how each is made, and how they reach the disk whole."""
