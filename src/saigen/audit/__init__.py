"""Which runs can be run again now, and what is missing for the others. Rules are pure."""
