"""Branches that mean something, on the shipped stack."""
