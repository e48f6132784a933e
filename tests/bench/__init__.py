"""Ratios against a named reference, both measured side by side in one run."""
