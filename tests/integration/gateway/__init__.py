"""The gateway alone: the shipped image and configuration in front of the real storage and of tiny services."""
