"""Data on its branches: raw -> clean -> split, and how data gets from one branch onto another."""
