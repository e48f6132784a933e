"""The client against the shipped stack."""
