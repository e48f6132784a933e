"""Merging by kind: what Git calls for data, models and pointers.

driver -> rule of the path -> pointer | lock | content -> plan (pure: which items of which side)
"""
